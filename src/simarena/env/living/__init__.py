"""What the environments share whose cluster lives on from step to step."""
