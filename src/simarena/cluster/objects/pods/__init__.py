"""Pods going out."""
