"""Targets of one-in-three formulas are recognised, and decided by the paper's theorems instead of by search."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from relucert.certificates.encodings.one_in_three import ENCODING as OF_FORMULAS
from relucert.certificates.kernel import Formula, Step
from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout, OneInThreeToPlane
from relucert.reductions.fixed_dimension.one_in_three_to_thresholds import OneInThreeToThresholds
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.levees import Levees
from relucert.verify.provers.planar import Planar, Target
from relucert.verify.provers.propositional import decide
from relucert.verify.provers.stripes import Stripes

Point = tuple[tuple[int, Rational], ...]  # what is not 0, by its axis


class Theorem(NamedTuple):
    """A reduction from formulas to the plane, and the proof that it is right."""

    reduction: OneInThreeToPlane | OneInThreeToThresholds
    proof: type[Planar]
    neurons: int  # of a gadget
    variable: int  # the samples for a variable
    clause: int  # and for a clause, those of p_{j,r} included


def announced(reduction: OneInThreeToPlane | OneInThreeToThresholds, proof: type[Planar]) -> Theorem:
    """With the counts that the reduction announces for a variable alone, and for three with a clause."""
    *_, alone = reduction.stages(OneInThreeInstance(1, ()))
    *_, three = reduction.stages(OneInThreeInstance(3, ((0, 1, 2),)))
    variable = alone.measures["samples"]
    return Theorem(reduction, proof, alone.measures["neurons"], variable, three.measures["samples"] - 3 * variable)


THEOREMS = (announced(OneInThreeToPlane(), Levees), announced(OneInThreeToThresholds(), Stripes))


@lru_cache(maxsize=1)  # whatever is asked about a target needs it
def source(instance: TrainingInstance) -> tuple[Theorem, Target] | None:
    """The formula that this is a target of, with samples and axes in any order, and by which theorem, if it is one."""
    theorems = THEOREMS if instance.alpha is None else (announced(OneInThreeToPlane(instance.alpha), Levees),)
    for theorem in theorems:
        gadgets = instance.neurons // theorem.neurons
        m, rest = divmod(len(instance.samples) - theorem.variable * gadgets, theorem.clause - theorem.variable)
        if rest == 0 and 0 <= m <= gadgets:
            for up in (1, 0):
                found = source_along(instance, theorem, gadgets - m, m, up)
                if found is not None:
                    return theorem, found
    return None


def source_along(instance: TrainingInstance, theorem: Theorem, n: int, m: int, up: int) -> Target | None:
    """The same, for so many variables and clauses, if `up` is the axis of x₂.

    The points of a clause say which it is: the centre line of its r-th slope through p_{j,r} starts at its height.
    """
    layout = Layout(OneInThreeInstance(n + m, ()))
    variables = {layout.variable(i): i for i in range(n)}
    heights = {layout.variable(n + j): j for j in range(m)}
    crossed = [[-1] * 3 for _ in range(m)]
    for x, _, _ in instance.samples:
        across, height = dict(x).get(1 - up, 0), dict(x).get(up, 0)
        if height in variables:
            for r, slope in enumerate(layout.clause_slopes):
                if (start := height - across * slope) in heights:
                    crossed[heights[start]][r] = variables[height]
    with suppress(InvalidInstance):
        formula = OneInThreeInstance(n, tuple((a, b, c) for a, b, c in crossed))
        reduced = theorem.reduction.reduce(formula)
        at = {sample: i for i, sample in enumerate(instance.samples)}
        order = [at.get(s if up == 1 else s._replace(x=exchanged(s.x)), -1) for s in reduced.samples]
        if sorted(order) == [*range(len(instance.samples))] and replace(instance, samples=reduced.samples) == reduced:
            return Target(formula, up, tuple(order))
    return None


def exchanged(x: Point) -> Point:
    """The point with its axes exchanged."""
    return tuple(sorted((1 - t, v) for t, v in x))


def symmetries(instance: TrainingInstance) -> list[dict[str, int | list[int]]]:
    """Neurons that are turned over upwards and sorted along the line x₁ = 0."""
    found = source(instance)
    assert found is not None
    up = found[1].up
    points = ((dict(x), i) for i, (x, _, _) in enumerate(instance.samples))
    centre = sorted((x.get(up, 0), i) for x, i in points if 1 - up not in x)
    return [{"along": up, "line": [i for _, i in centre]}]


def network(instance: TrainingInstance) -> Network | None:
    """The image of a solution of the formula, if it has one."""
    found = source(instance)
    assert found is not None
    theorem, (formula, up, _) = found
    encoded = OF_FORMULAS.formula(formula, 0, None)
    true = decide(encoded.clauses.values())
    if not isinstance(true, frozenset):
        return None
    net = theorem.reduction.forward(formula, tuple(v for v in range(formula.variables) if 1 + v in true))
    return net if up == 1 else replace(net, weights=tuple((second, first) for first, second in net.weights))


def derive(
    instance: TrainingInstance, positive: int, encoded: Formula, deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The encoding of the target of an unsatisfiable formula, turned over, up to the empty clause, and the steps.

    Raises DoesNotFollow if an argument fails, as it does if the formula is satisfiable; OutOfTime.
    """
    found = source(instance)
    assert found is not None
    theorem, target = found
    proof = theorem.proof(instance, target, positive, encoded, deadline)
    with suppress(Refuted):
        proof.prove_all()
    return proof.formula, proof.steps
