"""Compiled functions over the records of one World. They know only numbers."""
