"""The pictures of runs, replays and models."""
