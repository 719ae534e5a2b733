"""SimArena: agents learn, and are measured at, operating Kubernetes."""
