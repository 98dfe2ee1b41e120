"""Sweeps: every small instance of a problem, up to isomorphism, with a certificate each."""
