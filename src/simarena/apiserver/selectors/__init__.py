"""Selectors of requests: which objects of a list, or events of a watch, are wanted."""
