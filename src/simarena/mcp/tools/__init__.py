"""The tools, as clients see them."""
