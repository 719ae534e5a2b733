"""What requests do to objects: created, updated, deleted, as the API's registry does it."""
