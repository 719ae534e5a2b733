"""What admission plugins of a default API server do to objects, and why they refuse them."""
