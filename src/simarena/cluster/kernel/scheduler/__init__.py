"""The scheduler: filters, scores, preemption."""
