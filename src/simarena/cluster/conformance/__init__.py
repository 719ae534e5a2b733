"""Judges of the simulator against decisions recorded from a real control plane."""
