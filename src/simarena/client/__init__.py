"""A client of Kubernetes' API: one connection, one way of asking again, one way of waiting."""
