"""What came of plays: outcomes, statistics, comparisons, pictures, and the folder of a run."""
