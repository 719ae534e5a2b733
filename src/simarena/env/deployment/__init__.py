"""`SimArena/Deployment-v0`: a Deployment to repair, one replay of its trace a step."""
