"""The physics of `SimArena/Cluster-v0`."""
