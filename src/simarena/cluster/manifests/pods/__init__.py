"""The spec of a pod, coming in."""
