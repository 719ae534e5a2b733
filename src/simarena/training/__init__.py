"""The learning loop and what it leaves: runs, checkpoints, evaluation, plots, reports."""
