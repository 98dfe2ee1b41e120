"""Classes of networks with losses, as parameters of tests."""

import pytest

from relucert.reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS


def _classes():
    """Every activation, output and loss; at once as many as show any two of them together, the others slow."""
    for a, activation in enumerate(ACTIVATIONS):
        for o, output in enumerate(OUTPUTS):
            for n, loss in enumerate(LOSSES):
                yield pytest.param(activation, output, loss, marks=[pytest.mark.slow] * ((a + o + n) % 3 > 0))


every_class = pytest.mark.parametrize(("activation", "output", "loss"), list(_classes()))
