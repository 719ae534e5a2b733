"""What the API checks of an object beyond its types, field by field in its order and its words."""
