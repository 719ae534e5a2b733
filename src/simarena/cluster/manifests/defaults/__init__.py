"""What the API fills into objects where they say nothing, in place, kind by kind."""
