"""The controllers of workloads."""
