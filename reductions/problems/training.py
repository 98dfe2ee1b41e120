"""Training a depth-2 network: is there a network of k neurons that fits these samples within the threshold?

A network computes f(x) = Σ_j a_j σ(w_j·x + b_j), where σ(z) = max(0, z) (relu), σ(z) = max(z, αz) (leaky-relu, with a
rational 0 ≤ α < 1) or σ(z) = 1 if z > 0 else 0 (threshold), optionally clipped to an interval. Sources: Goel, Klivans,
Manurangsi, Reichman, ITCS 2021, Definitions 1 and 2; Froese, Hertrich, NeurIPS 2023, Sections 1 and 5 (biases,
threshold activation).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain, groupby, pairwise
from math import lcm
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple

from relucert.reductions.cost import (
    INTEGER,
    OBJECT,
    TUPLE,
    Size,
    arithmetic,
    held,
    held_fraction,
    longest,
    product,
    sum_words,
)
from relucert.reductions.exact import InvalidInstance, Rational, short, shorten, simplified
from relucert.reductions.formats import counted
from relucert.reductions.formats.tables import of_length
from relucert.reductions.formats.training_sets import read_samples
from relucert.reductions.json_text import (
    dumps,
    is_json,
    json_count,
    json_fields,
    json_int,
    json_list,
    loads,
    rational_from_json,
    rational_to_json,
)
from relucert.reductions.parameters import Choice, Flag, Integer, Interval, Number
from relucert.reductions.problem import I, Parsed, Problem, Reading, W
from relucert.reductions.reduction import Reduction
from relucert.reductions.shapes import (
    FLAG,
    NATURAL,
    NOT_NEGATIVE,
    NUMBERS,
    POSITIVE,
    RATIONAL,
    described,
    listed,
    members,
    one_of,
    or_null,
    tuple_of,
    without,
)

TRAINING_WORDS = 2 * OBJECT + 3 * INTEGER  # of an instance without its samples and the numbers of its loss
SAMPLE = 2 * TUPLE  # without its numbers and coordinates
COORDINATE = TUPLE

ACTIVATIONS = ("relu", "threshold", "leaky-relu")
OUTPUTS = ("ones", "signs", "real")
LOSSES = ("exact", "l0", "l1", "l2", "linf")
SIGN = "sign"  # a loss that is asked for, and that `signed` makes an l0 loss


class Sample(NamedTuple):
    """A labelled point: its nonzero coordinates in increasing order, its label, and how often it counts."""

    x: tuple[tuple[int, Rational], ...]
    y: Rational
    multiplicity: int = 1


def sample(x: Sequence[Rational], y: Rational, multiplicity: int = 1) -> Sample:
    """A sample from a dense point.

    >>> sample((0, 2, 0), 1)
    Sample(x=((1, 2),), y=1, multiplicity=1)
    """
    return Sample(tuple((t, simplified(v)) for t, v in enumerate(x) if v), simplified(y), multiplicity)


@dataclass(frozen=True)
class TrainingInstance:
    """A training set and the class of networks that may fit it.

    output: 'ones' (all a_j = 1), 'signs' (a ∈ {−1, 1}^k is part of the solution) or 'real' (any rational a).
    loss: the sum over samples, with multiplicity, of |f(x) − y| (l1), (f(x) − y)² (l2) or [f(x) ≠ y] (l0), or the
    maximum of |f(x) − y| (linf), which must be at most `threshold`; 'exact' asks for f(x) = y everywhere.
    norm_bound: if given, every neuron must have ‖w_j‖₂ ≤ norm_bound.
    alpha: the slope α of leaky ReLUs below 0; other activations have none.
    """

    dimension: int
    neurons: int
    samples: tuple[Sample, ...]
    activation: str = "relu"
    output: str = "signs"
    bias: bool = False
    clip: tuple[Rational, Rational] | None = None
    loss: str = "exact"
    threshold: Rational = 0
    norm_bound: Rational | None = None
    alpha: Rational | None = None

    def __post_init__(self) -> None:
        json_count(self.dimension, "dimension")
        json_count(self.neurons, "neurons", 1)
        for choice, allowed in ((self.activation, ACTIVATIONS), (self.output, OUTPUTS), (self.loss, LOSSES)):
            if choice not in allowed:
                raise InvalidInstance(f"{shorten(choice)} is none of {', '.join(allowed)}")
        if type(self.bias) is not bool:
            raise InvalidInstance(f"bias must be true or false, not {shorten(self.bias)}")
        _require_numbers("threshold", self.threshold)
        if self.norm_bound is not None:
            _require_numbers("norm_bound", self.norm_bound)
        if self.clip is not None:
            if type(self.clip) is not tuple or len(self.clip) != 2:
                raise InvalidInstance(f"clip: expected two numbers, not {shorten(self.clip)}")
            _require_numbers("clip", *self.clip)
            if not self.clip[0] < self.clip[1]:
                raise InvalidInstance("clip: the lower end must be below the upper end")
        if self.threshold < 0 or (self.loss == "exact" and self.threshold != 0):
            raise InvalidInstance("threshold must be at least 0, and exactly 0 for an exact fit")
        if self.norm_bound is not None and self.norm_bound <= 0:
            raise InvalidInstance("norm_bound must be positive")
        if (self.alpha is not None) != (self.activation == "leaky-relu"):
            raise InvalidInstance("alpha must be given for leaky-relu, and for no other activation")
        if self.alpha is not None:
            require_slope(self.alpha)
        for i, (x, _, multiplicity) in enumerate(self.samples):
            last = -1
            for t, value in x:
                if not last < t < self.dimension or not value:
                    most = shorten(self.dimension - 1)
                    raise InvalidInstance(f"sample {i}: coordinates must increase within 0..{most} and be nonzero")
                last = t
            if multiplicity < 1:
                raise InvalidInstance(f"sample {i}: the multiplicity must be at least 1, not {shorten(multiplicity)}")


def leaky(instance: TrainingInstance, alpha: Rational | None) -> TrainingInstance:
    """The instance for leaky ReLUs of slope α, with the labels times 1 − α; as it is if α is None.

    max(z, αz) = (1 − α)[z]₊ + αz. So a network of leaky ReLUs is 1 − α times the one of ReLUs with its weights, plus
    α Σ_j a_j z_j, an affine function.
    """
    if alpha is None:
        return instance
    factor = 1 - alpha
    samples = tuple(s._replace(y=simplified(factor * s.y)) for s in instance.samples)
    return replace(instance, activation="leaky-relu", alpha=alpha, samples=samples)


def signed(instance: TrainingInstance) -> TrainingInstance:
    """How many labels ±1 one threshold misses, as an l0 loss of labels 0 and 1. Or ReLUs, leaky or not, where the label
    times the value is not positive, as that of values clipped to [−1, 1]: large multiples of a network have the value
    ±1 wherever its sign is right. Raises InvalidInstance."""
    wrong = next((i for i, s in enumerate(instance.samples) if s.y not in (1, -1)), None)
    if wrong is not None:
        label = short(instance.samples[wrong].y)
        raise InvalidInstance(
            f"sample {wrong} (counted from 0) has the label {label}, and loss = sign is about the labels 1 and -1"
        )
    if instance.clip is not None or instance.norm_bound is not None:
        raise InvalidInstance("loss = sign is about networks without clip and norm bound")
    if instance.activation != "threshold":
        return replace(instance, loss="l0", clip=(-1, 1))
    if (instance.neurons, instance.bias) != (1, True) or instance.output == "real":
        raise InvalidInstance("loss = sign is about one threshold with biases, of output weight 1, or about ReLUs")
    samples = tuple(s._replace(y=max(s.y, 0)) for s in instance.samples)
    return replace(instance, samples=samples, loss="l0", output="ones")


def of_signs(parsed: Parsed[TrainingInstance]) -> Parsed[TrainingInstance]:
    """A file whose labels are signs; values are clipped only where `signed` does it."""

    def build(**parameters: Any) -> TrainingInstance:
        return signed(parsed.build(**parameters | {"clip": parsed.stated.get("clip")}))

    return parsed._replace(build=build)


SLOPE = Number("the slope 0 ≤ α < 1 of leaky ReLUs below 0, null for ReLUs", None, nullable=True)


def require_slope(alpha: Rational) -> None:
    """Of leaky ReLUs max(z, αz). Raises InvalidInstance."""
    _require_numbers("alpha", alpha)
    if not 0 <= alpha < 1:
        raise InvalidInstance(f"alpha must be at least 0 and less than 1, not {short(alpha)}")


def _require_numbers(what: str, *values: Any) -> None:
    for value in values:
        if type(value) not in (int, Fraction):
            raise InvalidInstance(f"{what}: {shorten(value)} is not a number")


@dataclass(frozen=True)
class Network:
    """A depth-2 network: weights is k × d, biases has length k (all 0 without biases), output holds a_1, …, a_k.

    Rows of weights may be shorter if no sample has the coordinates that are left out at their end: see `stated`.
    """

    weights: tuple[tuple[Rational, ...], ...]
    biases: tuple[Rational, ...]
    output: tuple[Rational, ...]

    def __call__(
        self, x: Iterable[tuple[int, Rational]], activation: str = "relu", alpha: Rational | None = None
    ) -> Rational:
        """The value f(x) at a sparse point, exactly and without clipping; alpha is that of leaky ReLUs.

        >>> net = Network(((1, 0), (-1, 2)), (0, 1), (1, -1))
        >>> net([(0, 3), (1, 2)]), net([(0, -3)], "leaky-relu", Fraction(1, 3))
        (1, -5)
        """
        x = tuple(x)
        total: Rational = 0
        for w, b, a in zip(self.weights, self.biases, self.output, strict=True):
            z = sum((w[t] * v for t, v in x), b)
            if z > 0:
                total += a if activation == "threshold" else a * z
            elif alpha is not None:
                total += a * alpha * z
        return simplified(total)


def network(weights: Iterable[Iterable[Rational]], output: Iterable[Rational] | None = None) -> Network:
    """A network without biases; all output weights are 1 unless given."""
    rows = tuple(tuple(simplified(v) for v in row) for row in weights)
    return Network(rows, (0,) * len(rows), (1,) * len(rows) if output is None else tuple(output))


def values_of(instance: TrainingInstance, net: Network) -> Iterator[Rational]:
    """The value of the network at every sample, clipped if the instance says so."""
    value_at = evaluator(net, instance.activation, instance.alpha)
    for x, _, _ in instance.samples:
        value = value_at(x)
        yield value if instance.clip is None else _clamp(value, *instance.clip)


def loss_of(instance: TrainingInstance, net: Network) -> Rational:
    """The loss of a network on the instance (for 'exact': the number of samples that it misses)."""
    total: Rational = 0
    for (_, y, multiplicity), value in zip(instance.samples, values_of(instance, net), strict=True):
        residual = value - y if value > y else y - value
        if instance.loss == "linf":
            total = residual if residual > total else total
        elif instance.loss == "l1":
            total += multiplicity * residual
        elif instance.loss == "l2":
            total += multiplicity * residual * residual
        else:
            total += multiplicity * (residual != 0)
    return simplified(total)


def evaluator(
    net: Network, activation: str = "relu", alpha: Rational | None = None
) -> Callable[[tuple[tuple[int, Rational], ...]], Rational]:
    """The network as a function of sparse points, in integers if its numbers have a short common denominator.

    Neurons of equal weights differ in their biases alone. Sorted by them, those that are active at a point are the last
    ones, whose share of the value is an affine function of the weighted sum: its coefficients are added up beforehand.
    A leaky ReLU is (1 − α)·max(0, z) + α·z, so there all neurons have a share α besides.
    """
    scale = _short_denominator(net)
    if scale is None:  # sums of fractions are shorter, and the rows take no more memory
        return partial(net, activation=activation, alpha=alpha)
    inner = lcm(*(a.denominator for a in net.output))
    leak = 0 if alpha is None else alpha
    outer = inner * leak.denominator
    directions = []
    neurons = sorted(zip(net.weights, net.biases, net.output, strict=True))  # weights may all have the same hash
    for w, equal in groupby(neurons, key=itemgetter(0)):
        ends = _ends([(_times(b, scale), _times(a, inner)) for _, b, a in equal], leak)
        directions.append(([_times(v, scale) for v in w], *ends))
    steps = activation == "threshold"

    def value(x: tuple[tuple[int, Rational], ...]) -> Rational:
        own = lcm(*(v.denominator for _, v in x))
        point = [(t, _times(v, own)) for t, v in x]
        total = 0
        for row, biases, outputs, offsets in directions:
            z = 0  # without the bias b, which makes it positive if b > −z / own
            for t, v in point:
                z += row[t] * v
            first = bisect_right(biases, -z // own)
            total += outputs[first] if steps else outputs[first] * z + offsets[first] * own
        return simplified(Fraction(total, outer if steps else outer * scale * own))

    return value


def _ends(neurons: list[tuple[int, int]], leak: Rational) -> tuple[list[int], list[int], list[int]]:
    """From biases b and output weights a: the biases, sorted, and for every end of that list its Σ a and its Σ a·b.

    With a leak α = p/q the sums of that end count q − p times, and those of the whole list p times.
    """
    neurons.sort()
    outputs, offsets = [0], [0]
    for b, a in reversed(neurons):
        outputs.append(outputs[-1] + a)
        offsets.append(offsets[-1] + a * b)
    if leak:
        p, q = leak.numerator, leak.denominator
        outputs, offsets = ([(q - p) * s + p * sums[-1] for s in sums] for sums in (outputs, offsets))
    return [b for b, _ in neurons], outputs[::-1], offsets[::-1]


def _short_denominator(net: Network) -> int | None:
    """The least common denominator of the weights and biases, if it has at most 1000 bits."""
    scale = 1
    for v in chain(*net.weights, net.biases):
        if v.denominator > 1:
            scale = lcm(scale, v.denominator)
            if scale.bit_length() > 1000:
                return None
    return scale


def _value_words(net: Network) -> int:
    """Words of a value of the network, but for those of the point."""
    scale = _short_denominator(net)
    if scale is None:
        return 2 * sum_words((*chain(*net.weights), *net.biases, *net.output))
    return longest(chain(*net.weights, net.biases)) + 2 + scale.bit_length() // 64 + sum_words(net.output)


def _times(value: Rational, scale: int) -> int:
    """The product with a multiple of the denominator."""
    return value.numerator * (scale // value.denominator)


def evaluating(net: Network, points: Iterable[Sequence[Rational]], times: int = 1, alpha: Rational = 0) -> int:
    """Units of work of `evaluator`, and of so many values at each point, whose nonzero coordinates are given."""
    rows = [(*w, b) for w, b in zip(net.weights, net.biases, strict=False)]
    long, outer, scale = longest(chain(*rows)), sum_words((*net.output, alpha)), _short_denominator(net)
    work = sum(map(len, rows)) * (8 + product(16, long)) + len(rows) * 20 + len(net.output) * arithmetic(outer, outer)
    if scale is not None:
        directions, whole = sum(1 for _ in groupby(sorted(net.weights))), long + 1 + scale.bit_length() // 64
        work += len(rows).bit_length() * (len(rows) + 2 * sum(map(len, rows)) * product(long, long))  # sorting them
        work += len(rows) * product(whole, outer)
    else:
        row, whole = max(map(sum_words, rows), default=1), sum_words(chain(*rows))
    for x in points:
        own, longest_x = sum_words(x), longest(x)
        if scale is not None:
            term, direction = product(whole, own), 4 + product(whole + own + 1, own + outer + 1)
            each = directions * (len(x) * term + direction) + arithmetic(whole + own + outer, whole + own + outer)
        else:
            term = arithmetic(long, longest_x) + arithmetic(row + own + 16, long + longest_x + 16)
            neuron = arithmetic(row + own + 16, outer) + arithmetic(whole + own + outer, row + own + outer + 16)
            each = len(rows) * ((len(x) + 1) * term + neuron)
        work += times * (20 + len(x) * (4 + product(own, longest_x)) + each)
    return work


def _clamp(value: Rational, low: Rational, high: Rational) -> Rational:
    if value < low:
        return low
    return high if value > high else value


class Training(Problem[TrainingInstance, Network]):
    """Decide whether some network in the class has a loss of at most the threshold. The witness is the network."""

    name = "training"
    instance_shape = members(
        activation=one_of(*ACTIVATIONS),
        alpha=NOT_NEGATIVE,
        bias=FLAG,
        clip=or_null(tuple_of(RATIONAL, RATIONAL)),
        dimension=NATURAL,
        loss=one_of(*LOSSES),
        neurons=POSITIVE,
        norm_bound=or_null({"allOf": [NOT_NEGATIVE, {"not": {"const": 0}}]}),
        output=one_of(*OUTPUTS),
        samples=listed(
            described(
                "Nonzero coordinates, their values, label, multiplicity.",
                tuple_of(NUMBERS, listed(without(RATIONAL, 0)), RATIONAL, POSITIVE),
            )
        ),
        threshold=NOT_NEGATIVE,
    ) | {"if": {"properties": {"loss": {"const": "exact"}}}, "then": {"properties": {"threshold": {"const": 0}}}}
    instance_shape["required"] = sorted(instance_shape["properties"].keys() - {"alpha"})  # leaky ReLUs only have one
    witness_shape = members(weights=listed(listed(RATIONAL)), biases=listed(RATIONAL), output=listed(RATIONAL))
    parameters = {  # noqa: RUF012
        "neurons": Integer("the number k ≥ 1 of neurons"),
        "activation": Choice("what a neuron computes", "relu", words=ACTIVATIONS),
        "output": Choice("output weights: 1, ±1 or any", "signs", words=OUTPUTS),
        "bias": Flag("whether neurons have biases", False),
        "clip": Interval("the interval that values are clipped to", None, nullable=True),
        "loss": Choice("how errors are measured", "exact", words=LOSSES),
        "threshold": Number("what the loss may be", 0),
        "norm_bound": Number("what the norm of a neuron may be", None, nullable=True),
        "alpha": Number("the slope of leaky ReLUs below 0", None, nullable=True),
    }
    readings = (Reading("loss", SIGN, of_signs, frozenset({"loss", "clip"})),)

    def accepts(self, instance: TrainingInstance, witness: Network) -> bool:
        k, d = instance.neurons, instance.dimension
        if not len(witness.weights) == len(witness.biases) == len(witness.output) == k:
            raise InvalidInstance(f"the network must have {shorten(k)} neurons")
        least = stated(instance)
        if any(not least <= len(row) <= d for row in witness.weights):
            fewer = "" if least == d else f"{shorten(least)} to "
            raise InvalidInstance(f"every neuron must have {fewer}{shorten(d)} weights")
        if not instance.bias and any(witness.biases):
            return False
        if instance.output == "ones" and any(a != 1 for a in witness.output):
            return False
        if instance.output == "signs" and any(a not in (1, -1) for a in witness.output):
            return False
        if instance.norm_bound is not None:
            bound = instance.norm_bound**2
            if any(sum(v * v for v in row) > bound for row in witness.weights):
                return False
        return loss_of(instance, witness) <= instance.threshold

    def work(self, instance: TrainingInstance, witness: Network) -> int:
        """The values of the network, the norms of its neurons, and the sum of losses with its growing denominator."""
        net = (*chain(*witness.weights), *witness.biases, *witness.output)
        terms = [(y, *(v for _, v in x)) for x, y, _ in instance.samples]
        alpha = instance.alpha or 0
        fixed = (instance.threshold, instance.norm_bound or 0, *(instance.clip or ()), alpha)
        each = max(map(sum_words, terms), default=1)
        value = _value_words(witness) + each + longest(fixed)
        summed = sum_words(chain(*terms)) if instance.loss in ("l1", "l2") else each  # else each is by itself
        total = 2 * (value + summed) + longest(s.multiplicity for s in instance.samples)
        operation = product if all(type(v) is int for v in chain(net, fixed, *terms)) else arithmetic
        work = 100 + 4 * len(net) + evaluating(witness, [x for _, *x in terms], alpha=alpha)
        work += (len(terms) + 1) * (4 * operation(value, value) + operation(total, total - 2 * summed))
        if instance.norm_bound is not None:
            norm = max((sum_words(row) for row in witness.weights), default=1)
            work += (len(net) + len(witness.weights)) * 2 * operation(2 * norm, 2 * longest(net) + 2 * longest(fixed))
        return work

    def size(self, instance: TrainingInstance) -> Size:
        """Dimension, samples (different ones), neurons, nonzero coordinates, and bits.

        Those are the bits of the largest numerator or denominator of a coordinate or label. The dimension is only a
        number if so many nonzero coordinates are as many weights as a neuron has to state.
        """
        bits = coordinates = 0
        words = TRAINING_WORDS + held(instance.threshold) + held(instance.norm_bound or 0)
        words += sum(map(held, instance.clip or ())) + held(instance.alpha or 0)
        for x, y, multiplicity in instance.samples:
            coordinates += len(x)
            words += SAMPLE + held(y) + held(multiplicity) + len(x) * (COORDINATE + INTEGER)
            bits = max(bits, y.numerator.bit_length(), y.denominator.bit_length())
            for _, v in x:
                words += held(v)
                bits = max(bits, v.numerator.bit_length(), v.denominator.bit_length())
        measures = training_measures(instance.dimension, len(instance.samples), instance.neurons, coordinates, bits)
        return Size(measures, words, frozenset({"dimension"} if stated(instance) <= coordinates else ()))

    def solution_words(self, size: Size) -> int:
        k, d = size.measures["neurons"], weights_of(size)
        return 4 * TUPLE + k * (TUPLE + (d + 2) * held_fraction(4 * size.measures["bits"]))

    def sought(self, instance: TrainingInstance) -> str:
        neuron = {"relu": "ReLU", "threshold": "threshold"}.get(instance.activation, "leaky ReLU")
        outputs = {"ones": "output weights 1", "signs": "output weights ±1", "real": "any output weights"}
        clip = f" clipped to [{', '.join(map(short, instance.clip))}]" if instance.clip else ""
        bound = f" of norm at most {short(instance.norm_bound)}" if instance.norm_bound is not None else ""
        slope = f" (α = {short(instance.alpha)})" if instance.alpha is not None else ""
        neurons = f"{counted(instance.neurons, neuron)}{slope}{bound} {'with' if instance.bias else 'without'} biases"
        samples = counted(len(instance.samples), "sample")
        network = f"network of {neurons}, {outputs[instance.output]}{clip},"
        if instance.loss == "exact":
            return f"{network} fits the {samples} exactly"
        return f"{network} has an {instance.loss} loss of at most {short(instance.threshold)} on the {samples}"

    def instance_to_json(self, instance: TrainingInstance) -> Any:
        return self._header(instance) | {"samples": [_sample_to_json(s) for s in instance.samples]}

    def canonical(self, instance: TrainingInstance) -> Iterator[str]:
        before, after = dumps(self._header(instance) | {"samples": []}).split('"samples":[]')
        yield before + '"samples":['
        for start in range(0, len(instance.samples), 4096):
            piece = dumps([_sample_to_json(s) for s in instance.samples[start : start + 4096]])[1:-1]
            yield "," + piece if start else piece
        yield "]" + after

    def _header(self, instance: TrainingInstance) -> dict[str, Any]:
        return {
            "activation": instance.activation,
            "bias": instance.bias,
            "clip": None if instance.clip is None else [rational_to_json(v) for v in instance.clip],
            "dimension": instance.dimension,
            "loss": instance.loss,
            "neurons": instance.neurons,
            "norm_bound": None if instance.norm_bound is None else rational_to_json(instance.norm_bound),
            "output": instance.output,
            "threshold": rational_to_json(instance.threshold),
            **({} if instance.alpha is None else {"alpha": rational_to_json(instance.alpha)}),
        }

    def instance_from_json(self, data: Any) -> TrainingInstance:
        names = {"activation", "bias", "clip", "dimension", "loss", "neurons", "norm_bound", "output", "threshold"}
        data = json_fields(data, names | {"samples"}, {"alpha"})
        for name in ("activation", "output", "loss"):
            if type(data[name]) is not str:
                raise InvalidInstance(f"{name}: expected a string, not {shorten(data[name])}")
        clip, norm_bound = data["clip"], data["norm_bound"]
        if clip is not None:
            low, high = (rational_from_json(v) for v in of_length(json_list(clip, "clip"), 2, "clip"))
            clip = (low, high)
        return TrainingInstance(
            dimension=json_count(data["dimension"], "dimension"),
            neurons=json_count(data["neurons"], "neurons", 1),
            samples=tuple(_sample_from_json(s, i) for i, s in enumerate(json_list(data["samples"], "samples"))),
            activation=data["activation"],
            output=data["output"],
            bias=data["bias"],
            clip=clip,
            loss=data["loss"],
            threshold=rational_from_json(data["threshold"]),
            norm_bound=None if norm_bound is None else rational_from_json(norm_bound),
            alpha=rational_from_json(data["alpha"]) if "alpha" in data else None,
        )

    def witness_to_json(self, witness: Network) -> Any:
        return {
            "biases": [rational_to_json(v) for v in witness.biases],
            "output": [rational_to_json(v) for v in witness.output],
            "weights": [[rational_to_json(v) for v in row] for row in witness.weights],
        }

    def witness_from_json(self, data: Any) -> Network:
        data = json_fields(data, {"biases", "output", "weights"})
        return Network(
            tuple(_rationals(row, "weights") for row in json_list(data["weights"], "weights")),
            _rationals(data["biases"], "biases"),
            _rationals(data["output"], "output"),
        )

    def parse(self, text: str, suffix: str) -> Parsed[TrainingInstance]:
        """A complete JSON instance, which states all parameters, or a bare training set, which states none."""
        stated: dict[str, Any] = {}
        remarks: list[str] = []
        if is_json(text, suffix) and '"neurons"' in text:
            instance = self.instance_from_json(loads(text))
            dimension, samples = instance.dimension, instance.samples
            stated = {name: getattr(instance, name) for name in self.parameters}
        else:
            dimension, rows, remarks = read_samples(text, suffix)
            samples = tuple(sample(*row) for row in rows)
        content = f"{counted(len(samples), 'sample')} in {counted(dimension, 'dimension')}"
        build = partial(TrainingInstance, dimension, samples=samples)
        remarks += contradicting(samples)
        return Parsed("JSON" if is_json(text, suffix) else "CSV", content, build, stated, remarks)


def contradicting(samples: Sequence[Sample]) -> list[str]:
    """The remark that two samples of one point have different labels, if there are such; the first in file order.

    By sorting: numbers of a file may all have the same hash.
    """

    def point(i: int) -> list[tuple[int, int, int]]:
        return [(t, v.numerator, v.denominator) for t, v in samples[i].x]

    found = []
    for _, at_point in groupby(sorted(range(len(samples)), key=point), key=point):
        first, *others = at_point
        found += [(j, first) for j in others if samples[j].y != samples[first].y][:1]
    return [
        f"samples {i} and {j} (counted from 0) are at one point and have the labels {short(samples[i].y)} and "
        f"{short(samples[j].y)}: no network fits both"
        for j, i in sorted(found)[:1]
    ]


TRAINING = Training()


class ToTraining(Reduction[I, W, TrainingInstance, Network]):
    """A reduction to training. Without numbers that grow, each word that is read or built takes a few units of work."""

    effort: ClassVar[int] = 2  # units of work for eight words

    def work(self, instance: I, witness: W | None = None, image: Network | None = None) -> int:
        """What `reduce` builds, or the numbers of the network; `backward` may compare each with what is as long."""
        *_, size = self.stages(instance)
        words = 10_000 + 8 * self.source.size(instance).words
        if witness is None and image is None:
            return self.effort * (words + size.words) // 8
        numbers = size.measures["neurons"] * (weights_of(size) + 2)
        if image is None:
            return self.effort * (words + 8 * numbers) // 8
        long = longest_of(image)
        return self.effort * words // 8 + numbers * 2 * arithmetic(long, long + size.measures["bits"] // 64)


def stated(instance: TrainingInstance) -> int:
    """How many weights a neuron has to state: up to the last coordinate that a sample has. The others may be left out.

    >>> stated(TrainingInstance(10, 1, (sample((0, 2), 1), sample((3,), 1))))
    2
    """
    return max((x[-1][0] + 1 for x, _, _ in instance.samples if x), default=0)


def completed(net: Network, dimension: int) -> Network:
    """With the weights that are left out."""
    return replace(net, weights=tuple((*row, *(0,) * (dimension - len(row))) for row in net.weights))


def weights_of(size: Size) -> int:
    """At least as many weights as a neuron has to state in a training instance of this size."""
    dimension = size.measures["dimension"]
    return min(dimension, size.measures["coordinates"]) if "dimension" in size.bounds else dimension


def longest_of(net: Network) -> int:
    """Words of the longest number of a network."""
    return longest(chain(*net.weights, net.biases, net.output))


def copying(r: ToTraining[TrainingInstance, Network], instance: TrainingInstance) -> int:
    """Units of work to copy a network of the target, with a few numbers more or less for every neuron."""
    *_, size = r.stages(instance)
    return 1000 + 4 * TRAINING.size(instance).words + size.measures["neurons"] * (weights_of(size) + 20)


def training_size(dimension: int, neurons: int, samples: int, coordinates: int, bits: int, words: int) -> Size:
    """The size of a training set from its measures, and from the words of its samples and of long other numbers."""
    json_count(dimension, "dimension")
    json_count(neurons, "neurons", 1)
    return Size(training_measures(dimension, samples, neurons, coordinates, bits), TRAINING_WORDS + 4 * INTEGER + words)


def training_measures(dimension: int, samples: int, neurons: int, coordinates: int, bits: int) -> dict[str, int]:
    return {
        "dimension": dimension, "samples": samples, "neurons": neurons, "coordinates": coordinates, "bits": bits,
    }  # fmt: skip


def samples_words(
    samples: int, coordinates: int, value: int = INTEGER, label: int = INTEGER, multiplicity: int = INTEGER
) -> int:
    """The words of so many samples with so many nonzero coordinates in all, if each number holds at most so many."""
    return samples * (SAMPLE + label + multiplicity) + coordinates * (COORDINATE + INTEGER + value)


def read_training_set(text: str, suffix: str) -> tuple[int, tuple[Sample, ...]]:
    """The dimension and the samples of a bare training set."""
    dimension, rows, _ = read_samples(text, suffix)
    return dimension, tuple(sample(*row) for row in rows)


def _rationals(data: Any, what: str) -> tuple[Rational, ...]:
    return tuple(rational_from_json(v) for v in json_list(data, what))


def _sample_to_json(s: Sample) -> list[Any]:
    """[[coordinates], [values], label, multiplicity]"""
    return [
        [t for t, _ in s.x],
        [rational_to_json(v) for _, v in s.x],
        rational_to_json(s.y),
        rational_to_json(s.multiplicity),
    ]


def _sample_from_json(data: Any, i: int) -> Sample:
    try:
        coordinates, values, y, multiplicity = of_length(json_list(data, "sample"), 4, "it")
        coordinates = [json_int(t, "coordinate", 0) for t in json_list(coordinates, "coordinates")]
        if any(s >= t for s, t in pairwise(coordinates)):
            raise InvalidInstance("coordinates must increase")
        x = zip(coordinates, of_length(list(_rationals(values, "values")), len(coordinates), "values"), strict=True)
        return Sample(tuple(x), rational_from_json(y), json_int(multiplicity, "multiplicity", 1))
    except InvalidInstance as problem:
        raise type(problem)(f"sample {i}: {problem}") from None
