"""The physics of the environments: compiled functions over records, nothing else."""
