"""The least loss of a training set, and the least cost of a source next to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil, floor, inf
from time import monotonic
from typing import Any, ClassVar

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Rup
from relucert.certificates.normal_form import normal_form
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions.exact import InvalidInstance, Rational, short, simplified
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of
from relucert.reductions.reduction import AnyReduction
from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.arrangement import inside, least_by_cells, most_cells, problems
from relucert.verify.cells import best_in_cell, least_squares_in_ball
from relucert.verify.decide import decide
from relucert.verify.problems.training import (
    has_branches,
    has_half_spaces,
    has_misfits,
    has_search_of_losses,
    of_normal_form,
    whole,
)
from relucert.verify.provers import branches, halfspaces, misfits
from relucert.verify.provers.base import Deadline, OutOfTime, Prover, Unknown
from relucert.verify.provers.branch_proofs import Gap
from relucert.verify.provers.in_common import settled
from relucert.verify.provers.signs import walks

FOR_SEARCH = 0.75  # of the time, of a search by branches; what is left is for its proof
SLACK = 1e-3  # by what share its bound has to be better than what is asked for, as its proof loses some
FOR_TWO = 0.2  # of the time, to find few misses by two ReLUs where there are more
FIRST_PAUSE, FIRST_SHARE = 4.0, 0.15  # seconds, and the share of its time, until its bounds are first certified
MOST_PROBLEMS = 1000  # of least squares, one for each choice of cells
NEARLY = Fraction(1, 10**6)
IRRATIONAL = Fraction(1, 1000)


@dataclass(frozen=True)
class Minimum:
    """The least loss as the threshold of an instance, a network that reaches it, and why nothing is below it."""

    problem: ClassVar[Problem[Any, Any]] = TRAINING
    instance: TrainingInstance
    reached: Yes
    below: No

    @property
    def value(self) -> Rational:
        return self.instance.threshold


NOTHING = No(())  # to refute, of a lower bound of 0


@dataclass(frozen=True)
class Bounds:
    """A network, its loss as the threshold of an instance, and what no loss is less than, with the refutation."""

    problem: ClassVar[Problem[Any, Any]] = TRAINING
    instance: TrainingInstance
    reached: Yes
    lower: Rational = 0
    below: No = NOTHING

    @property
    def upper(self) -> Rational:
        return self.instance.threshold

    @property
    def gap(self) -> Rational:
        """By what share of the upper bound they differ."""
        return simplified(Fraction(self.upper - self.lower) / self.upper) if self.upper else 0

    def within(self, gap: Rational) -> bool:
        return self.gap <= gap

    def __str__(self) -> str:
        return f"the least loss is at most {short(self.upper)} and at least {short(self.lower)}"


def together(bounds: Sequence[Bounds]) -> Bounds:
    """The best of all."""
    best, high = min(bounds, key=lambda b: b.upper), max(bounds, key=lambda b: b.lower)
    return replace(best, lower=high.lower, below=high.below)


def minimum(
    instance: TrainingInstance, prover: Prover, deadline: Deadline, gap: Rational = 0
) -> Minimum | Bounds | Unknown:
    """The exact least loss (l0, l1, l2 or linf); the threshold of the instance does not matter.

    Starts with the best network of all cells, if they are few, and descends: a network of strictly smaller loss if the
    prover finds one, the best of its cell, and so on. Signs of more than two ReLUs start with the best of two, and with
    the ends of walks from there. There are finitely many cells, and each is left for good; not always where values are
    clipped, so that time may run out there. If half of the time is not enough, or if bounds are enough that differ by a
    share `gap` of the upper one, thresholds between the bounds are tried. So they are where the best network all but
    touches a norm bound, as the minimum is irrational then: (e₁, 1), (e₂, 1/2) and ‖w‖ ≤ 1 have 9/4 − √5; the gap is
    IRRATIONAL if none is given. UNKNOWN comes with the bounds; the deadline is told of all.
    """
    if instance.loss == "exact":
        raise InvalidInstance("an exact fit has no loss to minimise: choose l0, l1, l2 or linf")
    if prover.name == "lp" and has_search_of_losses(instance):
        return by_branching(instance, deadline, gap)
    k, d = instance.neurons, instance.dimension
    bounds = reached_by(instance, Network(((0,) * d,) * k, (0,) * k, (1,) * k))
    reason = "time"
    try:
        if k > 2 and has_half_spaces(replace(instance, neurons=2)):
            two = best_of_two(instance, deadline.part(FOR_TWO))
            bounds = reached_by(instance, min([two, *walks(instance, two, deadline)], key=partial(loss_of, instance)))
        if few_cells(instance):
            bounds = reached_by(instance, least_by_cells(instance, lambda _problems: deadline.remaining() and None))
        share = deadline.part()
        share.tell = lambda text, found: deadline.tell(f"{bounds}; {text}", found)
        while not gap or not bounds.upper:
            if touches(instance, bounds.reached.witness):
                gap = IRRATIONAL
                break
            deadline.tell(str(bounds), bounds)
            answer = decide(TRAINING, bounds.instance, prover, share, below=True)
            if isinstance(answer, No):
                return Minimum(bounds.instance, bounds.reached, answer)
            if isinstance(answer, Unknown):
                reason = answer.reason
                break
            bounds = reached_by(instance, answer.witness)
        if reason == "time":
            return narrowed(instance, bounds, prover, deadline, gap)
    except OutOfTime:
        pass
    return Unknown(reason, found=(bounds,))


def by_branching(instance: TrainingInstance, deadline: Deadline, gap: Rational) -> Minimum | Bounds | Unknown:
    """The same by branch and bound over activations: where that is ended, with the bounds that it has by then.

    Least squares are those of the normal form, whose loss is less by what points with several labels force.
    """
    normal, forced, plain = None, 0, True
    if has_branches(instance):
        highest = 1 + simplified(Fraction(sum(s.multiplicity * (1 + s.y**2) for s in instance.samples)))
        normal = normal_form(replace(instance, threshold=highest), True)
        assert normal is not None
        forced = highest - normal.instance.threshold
        plain = normal.instance == replace(instance, threshold=normal.instance.threshold)

    def certified(search: branches.Search | halfspaces.Search | misfits.Search) -> Minimum | Bounds:
        found = search.found()
        low, one = simplified(found.low + forced), replace(instance, threshold=simplified(found.loss + forced))
        net = found.network if normal is None else whole(instance, normal.extend(found.network))
        reached, below = Yes(net), NOTHING
        trivial = normal is not None and normal_form(replace(instance, threshold=low), True) is None
        if found.cases and not trivial:
            word = (lambda symmetry: symmetry) if plain else of_normal_form
            below = No(tuple(case._replace(symmetry=word(case.symmetry)) for case in found.cases))
            below = settled(ENCODING, replace(instance, threshold=low), below, True)
        elif low or not one.threshold:  # the labels force as much
            contradiction = (Rup(2, (), (1,)),)
            below = No(tuple(RefutedCase(c, of_normal_form(None), contradiction) for c in ENCODING.cases(instance)))
        return Minimum(one, reached, below) if low == one.threshold else Bounds(one, reached, low, below)

    def better(before: Bounds | None, now: Minimum | Bounds) -> Minimum | Bounds:
        return now if before is None or isinstance(now, Minimum) else together([before, now])

    def enough(margin: float, loss: Fraction) -> float:
        return float((loss + forced) * (1 - gap) - forced) * (1 + margin) if gap else inf

    reason, known = "time", None
    try:
        part = deadline.part(FOR_SEARCH)
        search: branches.Search | halfspaces.Search | misfits.Search
        if normal is not None:
            search = branches.Search(normal.instance, part)
        else:
            search = (misfits if has_misfits(instance) else halfspaces).Search(instance, part)
        try:
            search.begin()
            pause, margin = min(FIRST_PAUSE, part.remaining() * FIRST_SHARE), SLACK
            while True:
                search.run(pause, partial(enough, margin))
                begun = monotonic()
                known = better(known, certified(search))
                if isinstance(known, Minimum) or (gap and known.within(gap)):
                    return known
                deadline.tell(f"{known}; {search.nodes:,} nodes", known)
                pause, margin = 3 * max(pause, monotonic() - begun), 2 * margin
        except OutOfTime:
            pass
        except Gap as problem:
            reason = str(problem)
        search.deadline = deadline
        with suppress(Gap):
            known = better(known, certified(search))
        if isinstance(known, Minimum) or (known and gap and known.within(gap)):
            return known
    except OutOfTime:
        pass
    return Unknown(reason, found=(known,) if known else ())


def best_of_two(instance: TrainingInstance, deadline: Deadline) -> Network:
    """Of few misses of signs by two ReLUs, with others that are 0."""
    search, spare = halfspaces.Search(replace(instance, neurons=2), deadline), instance.neurons - 2
    with suppress(OutOfTime, Gap):
        search.begin()
        search.run(inf, lambda _loss: inf)
    two = search.network_asked()
    zero = (0,) * instance.dimension
    return Network((*two.weights, *[zero] * spare), (*two.biases, *[0] * spare), (*two.output, *[1] * spare))


def narrowed(
    instance: TrainingInstance, bounds: Bounds, prover: Prover, deadline: Deadline, gap: Rational
) -> Minimum | Bounds | Unknown:
    """Bounds within the gap: thresholds between the bounds are tried, lower ones where time is short.

    Of l0, whose losses are integers, only these; so that the bounds may meet.
    """
    share: Rational = Fraction(1, 2)  # of the way from the lower bound to the upper one
    straight = touches(instance, bounds.reached.witness)  # then the upper bound is about as low as it can be
    try:
        while not bounds.within(gap):
            deadline.tell(str(bounds), bounds)
            width = (bounds.upper - bounds.lower) * share
            threshold = simplest_between(bounds.lower + width * Fraction(3, 4), bounds.lower + width * Fraction(5, 4))
            if straight:
                threshold, straight = simplest_between(bounds.upper * (1 - gap), bounds.upper * (1 - gap / 2)), False
            if instance.loss == "l0":
                threshold = ceil(threshold)
            part = deadline.part()
            part.tell = telling(deadline, bounds)
            answer = decide(TRAINING, replace(instance, threshold=threshold), prover, part, below=True)
            if isinstance(answer, No):
                bounds, share = replace(bounds, lower=threshold, below=answer), Fraction(1, 2)
            elif isinstance(answer, Yes):
                better = reached_by(instance, answer.witness)
                bounds, share = replace(better, lower=bounds.lower, below=bounds.below), Fraction(1, 2)
            elif answer.reason == "time":
                share /= 2
                deadline.remaining()
            else:
                return Unknown(answer.reason, found=(bounds,))
        else:
            met = bounds.lower == bounds.upper and bounds.lower
            return Minimum(bounds.instance, bounds.reached, bounds.below) if met else bounds
    except OutOfTime:
        pass
    return Unknown("time", found=(bounds,))


def telling(deadline: Deadline, bounds: Bounds) -> Callable[[str, Any], None]:
    """Tells a deadline the bounds with all that a prover tells."""
    return lambda text, found: deadline.tell(f"{bounds}; {text}", found)


def reached_by(instance: TrainingInstance, net: Network) -> Bounds:
    """The loss of the best network in the cell of a given one, or of that one if no better one keeps the norm bound."""
    found = [net, best_in_cell(instance, net)]
    if instance.norm_bound is not None and instance.loss == "l2" and instance.activation == "relu":
        found += least_squares_in_ball(replace(instance, clip=None), net, instance.norm_bound)
    best = min((fit for fit in found if inside(instance, fit)), key=lambda fit: loss_of(instance, fit))
    return Bounds(replace(instance, threshold=loss_of(instance, best)), Yes(best))


def few_cells(instance: TrainingInstance) -> bool:
    """Whether the least squares over all cells are a matter of a second or two."""
    if (instance.activation, instance.loss, instance.clip) != ("relu", "l2", None) or instance.output == "real":
        return False
    width = instance.dimension + instance.bias
    return problems(instance, most_cells(len(instance.samples), width)) <= MOST_PROBLEMS


def touches(instance: TrainingInstance, net: Network) -> bool:
    """Whether a neuron has nearly the largest norm, and not exactly."""
    if instance.norm_bound is None:
        return False
    most = instance.norm_bound**2
    return any((1 - NEARLY) * most < sum(v * v for v in row) < most for row in net.weights)


def simplest_between(low: Rational, high: Rational) -> Rational:
    """A number of that interval whose denominator is a power of 2 as small as can be.

    >>> simplest_between(Fraction(1, 3), Fraction(2, 3)), simplest_between(Fraction(7, 10), 2)
    (Fraction(1, 2), 2)
    """
    denominator = 1
    while Fraction(floor(high * denominator), denominator) < low:
        denominator *= 2
    return simplified(Fraction(floor(high * denominator), denominator))


@dataclass(frozen=True)
class Ratio:
    """The least cost t of a source, why t − 1 is too little, and the least loss of the targets."""

    budget: int
    solution: Yes
    too_little: No | None  # None if t = 0
    loss: Minimum


# Not CircuitToDoubleWells: what its least error exceeds AW by is in proportion, the error itself is not.
RATIOS: dict[str, type[AnyReduction]] = {r.source.name: r for r in (SetCoverToRelu, CircuitToRelu)}


def ratio(
    r: AnyReduction,
    source: Any,
    decide_source: Callable[[Problem[Any, Any], Any], Yes | No | Unknown],
    find_minimum: Callable[[TrainingInstance], Minimum | Unknown],
) -> Ratio | No | Unknown:
    """The minima of both sides of a reduction whose threshold is proportional to the budget; No if nothing suffices."""
    most = len(source.sets) if hasattr(source, "sets") else source.inputs
    answer = decide_source(r.source, replace(source, budget=most))
    if not isinstance(answer, Yes):
        return answer
    too_little: No | None = None
    for budget in range(most + 1):
        answer = decide_source(r.source, replace(source, budget=budget))
        if isinstance(answer, Unknown):
            return answer
        if isinstance(answer, Yes):
            loss = find_minimum(r.reduce(replace(source, budget=budget)))
            return loss if isinstance(loss, Unknown) else Ratio(budget, answer, too_little, loss)
        too_little = answer
    raise AssertionError("the largest budget has just sufficed")
