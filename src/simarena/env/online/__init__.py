"""`SimArena/Online-v0`: a Deployment under a load that changes while the agent looks after it."""
