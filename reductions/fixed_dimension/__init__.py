"""Froese, Hertrich: Training Neural Networks is NP-Hard in Fixed Dimension, NeurIPS 2023."""
