"""The wire: requests read from HTTP, and answers written to it."""
