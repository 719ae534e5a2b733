"""The physics of `SimArena/Deployment-v0`."""
