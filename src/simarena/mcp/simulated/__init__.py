"""A simulated cluster behind the server."""
