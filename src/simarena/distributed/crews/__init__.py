"""Whoever does orders side by side, and what is made of them: rounds, trainings, plays."""
