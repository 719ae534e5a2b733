"""The physics of `SimArena/Online-v0`."""
