"""Objects in the words and columns of kubectl."""
