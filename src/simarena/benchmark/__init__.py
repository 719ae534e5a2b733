"""The benchmark of language models, and the board on which all agents stand."""
