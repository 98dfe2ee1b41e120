"""Networks of one ReLU that may or may not stay within a threshold, for the reductions to a single ReLU."""

from fractions import Fraction

import numpy as np
import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.training import Network, loss_of, network


def refuses(call, *arguments):
    """The message of the InvalidInstance that a call raises: one line, not too long."""
    with pytest.raises(InvalidInstance) as caught:
        call(*arguments)
    message = str(caught.value)
    assert message.isprintable()
    assert 0 < len(message) < 300
    return message


def rounded(vector, most=10**9):
    return tuple(Fraction(float(v)).limit_denominator(most) for v in vector)


def nearby(net, rng, scale):
    """The same network with some of its weights moved by multiples of scale/8."""
    moved = [w + scale * Fraction(rng.randint(-8, 8), 8) * (rng.random() < 0.5) for w in net.weights[0]]
    return Network((tuple(moved),), net.biases, net.output)


def least_squares(target, start):
    """The optimum of the cell of `start`, and halfway there: other networks that training may end in."""
    x = np.zeros((len(target.samples), target.dimension))
    for i, s in enumerate(target.samples):
        for t, v in s.x:
            x[i, t] = v
    y = np.array([float(s.y) for s in target.samples])
    w = np.array([float(v) for v in start.weights[0]])
    for _ in range(3):
        active = x @ w > 0
        optimum = w + np.linalg.lstsq(x[active], y[active] - x[active] @ w, rcond=None)[0]
        yield network([rounded((w + optimum) / 2)])
        yield network([rounded(optimum)])
        w = optimum


def candidates(reduction, source, start, gamma, rng):
    """Networks near a forward image, at the edge of what the decoding tells apart, and after steps of training."""
    target = reduction.reduce(source)
    noise = network([[Fraction(rng.randint(-16, 16), 16) for _ in range(target.dimension - 1)] + [1]])
    for scale in (gamma / 16, gamma / 4, gamma):
        yield nearby(start, rng, scale)
    for origin in (start, noise, nearby(start, rng, Fraction(1, 2))):
        yield from least_squares(target, origin)
    shrunk = [w * Fraction(rng.randint(1, 8), 8) for w in start.weights[0][:-1]]
    yield network([[*shrunk, 1 - gamma * rng.randint(0, 1)]])


def check_backward(reduction, source, net, gamma, most):
    """Whether the network is within the threshold of the budget `most`; if so, what it decodes to is paid for."""
    paid = loss_of(reduction.reduce(source), net) / gamma**2
    if paid > most:
        return False
    chosen = reduction.backward(source, net)
    assert len(chosen) <= paid
    generous = type(source)(**{**vars(source), "budget": most})
    assert reduction.source.accepts(generous, chosen)
    return True
