"""What the physics of all environments share."""
