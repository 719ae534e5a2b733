"""Manifests coming in: checked, completed with the API's defaults, read into values."""
