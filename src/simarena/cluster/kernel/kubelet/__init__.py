"""What kubelets do with containers."""
