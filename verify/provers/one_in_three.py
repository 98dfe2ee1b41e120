"""Targets of one-in-three formulas are recognised, and decided by the paper's theorems instead of by search."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from relucert.certificates.encodings.one_in_three import ENCODING as OF_FORMULAS
from relucert.certificates.kernel import Formula, Step
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout, OneInThreeToPlane
from relucert.reductions.fixed_dimension.one_in_three_to_thresholds import OneInThreeToThresholds
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.levees import Levees
from relucert.verify.provers.planar import Planar
from relucert.verify.provers.propositional import decide
from relucert.verify.provers.stripes import Stripes


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


def source(instance: TrainingInstance) -> tuple[Theorem, OneInThreeInstance] | None:
    """The formula that this is a target of, and of which reduction, if it is one."""
    theorems = THEOREMS if instance.alpha is None else (announced(OneInThreeToPlane(instance.alpha), Levees),)
    for theorem in theorems:
        gadgets = instance.neurons // theorem.neurons
        m, rest = divmod(len(instance.samples) - theorem.variable * gadgets, theorem.clause - theorem.variable)
        if rest == 0 and 0 <= m <= gadgets:
            layout = Layout(OneInThreeInstance(gadgets, ()))
            variables = {layout.variable(i): i for i in range(gadgets - m)}
            points = [x for x, _, _ in instance.samples[len(instance.samples) - 3 * m :]]
            crossed = [variables.get(dict(x).get(1, 0), -1) for x in points]
            clauses = tuple(zip(*(crossed[r::3] for r in range(3)), strict=True))
            with suppress(InvalidInstance):
                formula = OneInThreeInstance(gadgets - m, clauses)
                if theorem.reduction.reduce(formula) == instance:
                    return theorem, formula
    return None


def symmetries(instance: TrainingInstance) -> list[dict[str, int | list[int]]]:
    """Neurons that are turned over upwards and sorted along the line x₁ = 0."""
    centre = sorted((dict(x).get(1, 0), i) for i, (x, _, _) in enumerate(instance.samples) if 0 not in dict(x))
    return [{"along": 1, "line": [i for _, i in centre]}]


def network(instance: TrainingInstance) -> Network | None:
    """The image of a solution of the formula, if it has one."""
    found = source(instance)
    assert found is not None
    (reduction, *_), formula = found
    encoded = OF_FORMULAS.formula(formula, 0, None)
    true = decide(encoded.clauses.values())
    if not isinstance(true, frozenset):
        return None
    return reduction.forward(formula, tuple(v for v in range(formula.variables) if 1 + v in true))


def derive(
    instance: TrainingInstance, positive: int, encoded: Formula, deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The encoding of the target of an unsatisfiable formula, turned over, up to the empty clause, and the steps.

    Raises DoesNotFollow if an argument fails, as it does if the formula is satisfiable; OutOfTime.
    """
    found = source(instance)
    assert found is not None
    (_, prove, *_), formula = found
    proof = prove(instance, formula, positive, encoded, deadline)
    with suppress(Refuted):
        proof.prove_all()
    return proof.formula, proof.steps
