"""Reductions between the classical problems, by which what people have reaches the targets of the other folders."""
