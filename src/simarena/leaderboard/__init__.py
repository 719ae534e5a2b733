"""Boards of the agents in many run folders."""
