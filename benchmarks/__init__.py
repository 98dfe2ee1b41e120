"""Measured comparisons, each run with one command; RESULTS.md holds the last run."""
