"""Workloads going out."""
