"""relucert against other programs: families of training instances, encodings, runs that are resumed, tables."""
