"""The interface of encodings: from an instance to the formula that its witnesses satisfy.

A certificate never brings its own input clauses. A problem is refuted case by case: every witness falls under one of
the cases, and in each case the witnesses satisfy the formula. SPEC.md proves this for each encoding; `assignment` is
that proof as a program, which the tests run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from math import lcm
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from relucert.certificates.kernel import Formula, Kernel, Malformed, Rejected, ResourceLimit
from relucert.certificates.properties import Property
from relucert.reductions.exact import Rational
from relucert.reductions.problem import Problem

I = TypeVar("I")  # noqa: E741  instance
W = TypeVar("W")  # witness


class NotEncoded(Rejected):
    """This format has no formula for the claim, so nothing can be refuted."""


class Assignment(NamedTuple):
    """Values of real variables, and the propositional atoms of the formula that are true."""

    reals: Mapping[int, Rational]
    true: frozenset[int] = frozenset()


class Formulas:
    """The formula of a case and a choice, good until the next one is asked for, which may change parts of it."""

    def __init__(self, formula: Callable[[int, Any], Formula]) -> None:
        self._formula = formula

    def __call__(self, case: int, choice: Any, after: Formula | Kernel | None = None) -> Formula:
        """after: the common part, or what is derived of it; what is not common is numbered on from there."""
        return self._formula(case, choice)

    def common(self, choice: Any) -> Formula:
        """What all cases state under this choice, with the numbers that it has there; raises NotEncoded."""
        raise NotEncoded("the cases of this problem have no steps in common")


class Encoding(ABC, Generic[I, W]):
    """How the NO answers of one problem are stated in the kernel.

    `choice` is what the certificate says to the symmetry rule, any JSON; None means that the rule is not used. Methods
    that take one raise Malformed or Rejected if it is none of the rule's.

    Two kinds of claims rest on an encoding. `formula` is about solvability: it may scale, rename or turn over the parts
    of a witness, as long as a solvable instance has a satisfiable case. Claims about all solutions need more, namely
    that a witness satisfies a formula as it is; `property_variables` and `exceptions` state that formula, and an
    encoding without them has no such claims. So a new normalisation, which belongs to `formula`, cannot reach them by
    default.
    """

    problem: ClassVar[Problem[Any, Any]]

    def cases(self, instance: I) -> range:
        """The cases that together cover every witness."""
        return range(1)

    @abstractmethod
    def words(self, instance: I, choice: Any, claimed: Property = ()) -> int:
        """64-bit words that a formula (of the exceptions to a claimed property) holds, from above.

        The work of building it, in units, is at most an eighth of that.
        """

    @abstractmethod
    def formula(self, instance: I, case: int, choice: Any, strictly_below: bool = False) -> Formula:
        """What some witness satisfies in some case, if there is one; of a loss below the threshold, if so asked."""

    def formulas(self, instance: I, strictly_below: bool = False) -> Formulas:
        """The formulas of all cases."""
        return Formulas(lambda case, choice: self.formula(instance, case, choice, strictly_below))

    @abstractmethod
    def assignment(self, instance: I, witness: W, case: int, choice: Any) -> Assignment | None:
        """The values with which this witness satisfies the formula, or None if it falls under another case."""

    def property_variables(self, instance: I) -> range:
        """The real variables that properties of solutions may be about."""
        raise NotEncoded(f"claims about all solutions of {self.problem.name} are not encoded")

    def exceptions(self, instance: I, case: int, choice: Any, claimed: Property) -> Formula:
        """What every witness of this case without the property satisfies, with its own values of those variables."""
        raise NotEncoded(f"claims about all solutions of {self.problem.name} are not encoded")


class Propositional(Encoding[I, W]):
    """One case, no symmetry rule, no loss: a formula over atoms that say which items a witness chooses."""

    def formula(self, instance: I, case: int, choice: Any, strictly_below: bool = False) -> Formula:
        if strictly_below:
            raise NotEncoded(f"{self.problem.name} has no loss that could be smaller")
        if choice is not None:
            raise Malformed(f"symmetry: there is no such rule for {self.problem.name}")
        return self.of(instance)

    @abstractmethod
    def of(self, instance: I) -> Formula: ...

    def assignment(self, instance: I, witness: W, case: int, choice: Any) -> Assignment | None:
        return self.values(instance, witness)

    @abstractmethod
    def values(self, instance: I, witness: W) -> Assignment: ...


MOST_BITS = 100_000  # of a common denominator


def cleared_words(values: Iterable[Rational]) -> int:
    """Words of the values once they are cleared of denominators, and about those of their sums.

    That is, of an integer as long as the least common denominator and the largest numerator together. Raises
    ResourceLimit if the denominator has more than 10⁵ bits.
    """
    values = tuple(values)
    bits = max((v.numerator.bit_length() for v in values), default=1)
    return 1 + (common_denominator(values).bit_length() + max(1, bits)) // 64


def common_denominator(values: Iterable[Rational]) -> int:
    """The least one. Raises ResourceLimit if it has more than MOST_BITS bits."""
    common = 1
    for v in values:
        if v.denominator > 1:
            common = lcm(common, v.denominator)
            if common.bit_length() > MOST_BITS:
                raise ResourceLimit(f"the numbers have a common denominator of more than {MOST_BITS:,} bits")
    return common
