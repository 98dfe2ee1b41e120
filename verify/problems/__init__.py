"""How a model is read, brute force, small random instances and further solutions: one file a problem. Untrusted."""
