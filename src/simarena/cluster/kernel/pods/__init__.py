"""A pod's way through queues, onto a node, and to its end."""
