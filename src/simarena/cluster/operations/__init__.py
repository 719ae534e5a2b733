"""What is done to a living cluster: objects applied and deleted, nodes drained, time passing."""
