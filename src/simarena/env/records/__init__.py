"""Rows that the environments' kernels and their Python face share."""
