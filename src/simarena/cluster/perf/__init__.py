"""Workloads of Kubernetes' own scheduler benchmark, scheduler_perf, run here."""
