"""What the physics share of environments whose cluster lives on from step to step."""
