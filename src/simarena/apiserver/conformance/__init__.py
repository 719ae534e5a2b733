"""Judges of the API server against answers recorded from a real one."""
