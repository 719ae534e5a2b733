"""What controllers look after, coming in."""
