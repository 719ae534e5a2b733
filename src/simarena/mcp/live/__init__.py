"""A live cluster behind the server."""
