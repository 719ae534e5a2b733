"""Versioned objects, and the history of their changes."""
