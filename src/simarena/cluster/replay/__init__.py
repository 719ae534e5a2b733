"""A trace replayed as SimKube's driver does it."""
