"""The parts of a Kubernetes API server that depend on objects alone."""
