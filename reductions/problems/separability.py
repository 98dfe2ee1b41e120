"""2-Hyperplane Separability: do two hyperplanes cross every segment from a set P to a set Q?

Source: Froese, Hertrich, NeurIPS 2023, Section 4; W[1]-hard in the dimension (`clique-to-separability`; Giannopoulos,
Knauer, Rote 2009). The strip form, which is what their proofs need, is `strip.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from relucert.reductions.exact import Rational
from relucert.reductions.formats import counted
from relucert.reductions.problem import Parsed
from relucert.reductions.problems.strip import Planes, Strip, StripInstance, crosses_every_segment, strip


class SeparabilityInstance(StripInstance):
    """Two finite sets without a common point, their points distinct and sorted; the origin is in P."""


def separability(p: Iterable[Sequence[Rational]], q: Iterable[Sequence[Rational]]) -> SeparabilityInstance:
    """An instance from points in any order; translated so that the origin is in P, as `strip` does."""
    instance = strip(p, q)
    return SeparabilityInstance(instance.p, instance.q)


class Separability(Strip):
    """Decide whether at least one of two hyperplanes crosses each segment from P to Q, and none has a point of either.

    That is: no cell of the two hyperplanes has points of both sets. The witness is a pair of affine functions. Every
    solution of the strip form is one:

    >>> instance = separability([(0,), (2,)], [(1,)])
    >>> SEPARABILITY.accepts(instance, ((-2, 1), (2, -3)))
    True

    P = {0} is always a YES, in both forms: a linear function that is 0 at no point of Q, scaled so that its values
    there are beyond ±1, gives the parallel hyperplanes where it is 1 and −1.
    """

    name = "two-hyperplane-separability"

    def accepts(self, instance: StripInstance, witness: Planes) -> bool:
        return crosses_every_segment(instance, witness)

    def sought(self, instance: StripInstance) -> str:
        p, q = counted(len(instance.p), "point"), counted(len(instance.q), "point")
        return f"pair of hyperplanes crosses every segment from the {p} of P to the {q} of Q, and contains no point"

    def instance_from_json(self, data: object) -> SeparabilityInstance:
        instance = super().instance_from_json(data)
        return SeparabilityInstance(instance.p, instance.q)

    def parse(self, text: str, suffix: str) -> Parsed[StripInstance]:
        parsed = super().parse(text, suffix)
        instance = parsed.build()
        return Parsed(
            parsed.format, parsed.content, partial(SeparabilityInstance, instance.p, instance.q), {}, parsed.remarks
        )


SEPARABILITY = Separability()
