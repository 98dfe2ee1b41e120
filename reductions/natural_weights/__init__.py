"""Reductions of Daniely, Vardi, Hardness of Learning Neural Networks with Natural Weights, NeurIPS 2020."""
