"""Jobs and rounds over an object store: many machines that share nothing but a bucket."""
