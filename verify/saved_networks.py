"""Networks as files: JSON (exact), npz of integers (exact), and the npz of floats that PyTorch's state_dict takes."""

from __future__ import annotations

import io
from itertools import chain
from typing import Any

from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problems.training import TRAINING, Network

FORMS = ("json", "npz", "torch")


def read_network(text: str) -> Network:
    """A network from JSON. Raises InvalidInstance."""
    net = TRAINING.witness_from_json(loads(text))
    if not len(net.weights) == len(net.biases) == len(net.output):
        raise InvalidInstance("the network's weights, biases and output weights differ in number")
    if len({len(row) for row in net.weights}) > 1:
        raise InvalidInstance("the network's neurons differ in their number of weights")
    return net


def to_bytes(net: Network, form: str) -> bytes:
    """json: the form that certificates have. npz: int64 numerators and denominators. torch: see `to_torch`."""
    if form == "json":
        return dumps(TRAINING.witness_to_json(net)).encode() + b"\n"
    return to_npz(net) if form == "npz" else to_torch(net)


def to_npz(net: Network) -> bytes:
    """Arrays weights (k × d), biases (k) and output (k), as NAME_numerator and NAME_denominator of int64.

    Raises InvalidInstance if a number does not fit.
    """
    import numpy as np

    arrays: dict[str, Any] = {}
    try:
        for name, values in (("weights", net.weights), ("biases", net.biases), ("output", net.output)):
            for part in ("numerator", "denominator"):
                table = [
                    [getattr(v, part) for v in row] if isinstance(row, tuple) else getattr(row, part) for row in values
                ]
                arrays[f"{name}_{part}"] = np.array(table, dtype=np.int64)
    except OverflowError:
        raise InvalidInstance("a number does not fit into 64 bits; json holds numbers of any size") from None
    return _packed(arrays)


def to_torch(net: Network) -> bytes:
    """The state of Sequential(Linear(d, k), ReLU(), Linear(k, 1)), or of LeakyReLU(α) in its place, in float64.

    `model.double().load_state_dict({k: torch.from_numpy(v) for k, v in numpy.load(FILE).items()})` takes it. Numbers
    are rounded, see `is_rounded`. Raises InvalidInstance if a number is too large.
    """
    import numpy as np

    try:
        state: dict[str, Any] = {
            "0.weight": np.array([[float(v) for v in row] for row in net.weights]),
            "0.bias": np.array([float(b) for b in net.biases]),
            "2.weight": np.array([[float(a) for a in net.output]]),
            "2.bias": np.zeros(1),
        }
    except OverflowError:
        raise InvalidInstance("a number is too large for floating point") from None
    return _packed(state)


def is_rounded(net: Network) -> bool:
    """Whether some number of the network is no float, so that what is written in floats is another network."""
    return any(not _is_float(v) for v in chain(*net.weights, net.biases, net.output))


def _is_float(value: Rational) -> bool:
    try:
        return value == float(value)
    except OverflowError:
        return False


def _packed(arrays: dict[str, Any]) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
