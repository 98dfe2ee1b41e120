"""Mistakes of published reductions, rebuilt from their descriptions: see README.md.

partition, weight_constrained_path, job_shop, hamiltonian_path and consecutive_ones state one problem each, with the
encoding of its NO. mended holds reductions that are right, and trusted offers all of these. wrong holds the mistakes,
which nobody has to trust, and search how the problems are solved.
"""
