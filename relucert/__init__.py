"""Executable hardness reductions for training depth-2 ReLU networks, with certificates that check themselves."""
