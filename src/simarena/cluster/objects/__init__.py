"""Rows of a World to objects, as the API returns them."""
