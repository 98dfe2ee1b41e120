"""The interface of searches: what it takes to decide a problem and to test reductions from and to it. Untrusted.

A problem has one general search, which takes every instance, and may have special ones, such as the proof of a theorem
about the targets of one reduction, which are tried first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    import random

    from hypothesis.strategies import SearchStrategy

    from relucert.certificates.encoding import Encoding
    from relucert.certificates.kernel import Formula, Step
    from relucert.certificates.properties import Property
    from relucert.certificates.writer import RefutedCase, Yes
    from relucert.reductions.problem import Problem
    from relucert.verify.provers.base import Deadline, Model, Refutation
    from relucert.verify.provers.cuts import Points

I = TypeVar("I")  # noqa: E741  instance
W = TypeVar("W")  # witness

MOST = 2000  # candidates that are tried for further witnesses


class NoSearch(Exception):
    """There is no search for a problem, or it lacks what was asked for; the message says which."""


class Normal(NamedTuple, Generic[I, W]):
    """An instance that has the answer of another one, and how to get back from it.

    instance: None if the other one is a plain NO, whose formula has the empty clause. below: whether a loss is to be
    less than its threshold. witness: turns its witnesses into those of the other one. choice: turns what is said to the
    symmetry rule about it into what is said about the other one.
    """

    instance: I | None
    below: bool
    witness: Callable[[W], W]
    choice: Callable[[Any], Any]


class Search(Generic[I, W]):
    """How witnesses and refutations of one problem are found. Every part but `problem` may be left out.

    encoding: without one, no NO is ever certified. provers: their names, see `provers_for`. lengthy: names of
    reductions to the problem whose targets take minutes to refute, so that the laws do without that. families: of those
    that `listed` lists, the usual one first; `certificates/families` says what they are. strictly: whether a special
    search also derives that no loss is less than the threshold, instead of at most that. derives: whether `derive`
    leaves provers nothing to do, so that a race would derive the same thing in each of them.
    """

    problem: ClassVar[Problem[Any, Any]]
    encoding: ClassVar[Encoding[Any, Any] | None] = None
    provers: ClassVar[tuple[str, ...]] = ("sat",)
    lengthy: ClassVar[frozenset[str]] = frozenset()
    families: ClassVar[tuple[str, ...]] = ()
    strictly: ClassVar[bool] = False
    derives: ClassVar[bool] = False

    # deciding

    def recognises(self, instance: I) -> bool:
        """Whether this search is for the instance; the general one of a problem is for all."""
        return True

    def guess(self, instance: I) -> W | None:
        """A witness, if there is an easy way to one."""
        return None

    def smaller(self, instance: I) -> Iterable[tuple[I, Callable[[W], W]]]:
        """Instances of which a witness is easily made one of this, if they have one; they are asked first, for a while.

        That they have none says nothing.
        """
        return ()

    def by_algorithm(self, instance: I, case: int, prover: str, deadline: Deadline) -> W | RefutedCase | None:
        """The answer of a case by an algorithm for its kind that takes the part of this prover; None without one."""
        return None

    def finder(self, instance: I) -> Callable[[Deadline], W | None] | None:
        """A search that proves nothing if it finds no solution, for what provers do not answer at once; or None.

        Only searches of the problems that are built in are asked.
        """
        return None

    def quick_finder(self, instance: I) -> Callable[[Deadline], W | None] | None:
        """The same, for the tenth of a second before provers are started; it prints nothing."""
        return None

    def choices(self, instance: I, case: int) -> Sequence[Any]:
        """What to give the symmetry rule, best first, until one choice leads to a refutation or a witness.

        None where the rule would not help.
        """
        return [None]

    def choices_of_exceptions(self, instance: I, case: int, claimed: Property) -> Sequence[Any]:
        """The same for the solutions without a property, which the rule must not turn into solutions with it."""
        return [None]

    def may_need_no_prover(self, instance: I) -> bool:
        """Whether `without_prover` may have the answer."""
        return False

    def without_prover(
        self, instance: I, case: int, choice: Any, formula: Callable[[], Formula], deadline: Deadline
    ) -> Yes | Refutation | None:
        """A witness that the problem accepts, or a refutation of the formula of a case, which only that may ask for."""
        return None

    def derive(self, instance: I, case: int, formula: Formula, deadline: Deadline) -> tuple[Formula, Sequence[Step]]:
        """The formula with clauses that help provers, or the empty one, and the steps that derive these."""
        return formula, []

    def derive_of_exceptions(
        self, instance: I, case: int, formula: Formula, failing: Sequence[int], deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        """The same of the solutions without a property. failing: the literals that say which part of it fails."""
        return self.derive(instance, case, formula, deadline)

    def witness(self, instance: I, case: int, model: Model) -> W:
        """The witness that a model of the encoding stands for."""
        raise NoSearch(f"the search of {self.problem.name} does not read models")

    def improve(self, instance: I, case: int, below: bool, model: Model) -> tuple[Model | None, Points]:
        """What is better than a model that violates squares; see CuttingPlanes."""
        return None, []

    def prover(self, instance: I) -> str:
        """The prover to take if there can be only one."""
        return self.provers[0]

    def normal(self, instance: I, below: bool) -> Normal[I, W] | None:
        """The instance that is to be decided in place of this one, if there is one that is easier."""
        return None

    # testing

    def candidates(self, instance: I) -> Iterable[W]:
        """Whatever may be a witness of a small instance: all of it, in some order. The other parts try these."""
        raise NoSearch(f"the search of {self.problem.name} has no brute force")

    def by_brute_force(self, instance: I) -> W | None:
        """A witness, or None if there is none; shares nothing with `certificates/`."""
        return next((w for w in self.candidates(instance) if self.problem.accepts(instance, w)), None)

    def instances(self) -> SearchStrategy[I]:
        """Small random instances for hypothesis, of which a third and more are a NO."""
        raise NoSearch(f"the search of {self.problem.name} draws no instances")

    def more(self, instance: I, witnesses: list[W], rng: random.Random) -> Iterator[W]:
        """The given witnesses, and others; by default those among the first candidates."""
        yield from witnesses
        with suppress(NoSearch):
            yield from (w for w in islice(self.candidates(instance), MOST) if self.problem.accepts(instance, w))

    # sweeping

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[I]:
        """One instance of each isomorphism class of a family up to a bound, always in the same order.

        given: what all of them have in common, such as the number of colours.
        """
        raise NoSearch(f"the search of {self.problem.name} lists no family {family}")


AnySearch = Search[Any, Any]
Found = Callable[[], Sequence[AnySearch]]  # called when the problem is searched, so that no other is imported


class Modules(Sequence[AnySearch]):
    """The objects SEARCH of modules of `relucert.verify`, each of which is imported when it is looked at."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Modules(self.names[index])
        return import_module(f"relucert.verify.{self.names[index]}").SEARCH


def found_in(*modules: str) -> Found:
    return lambda: Modules(modules)


@dataclass(frozen=True)
class Searches:
    """The searches of each problem, by its name; the general one of a problem is the last."""

    found: Mapping[str, Found]

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def of(self, name: str) -> Sequence[AnySearch]:
        """All searches of a problem, in the order in which they are tried; raises NoSearch if there is none."""
        if name not in self.found:
            raise NoSearch(f"no search for {name}")
        return self.found[name]()

    def __getitem__(self, name: str) -> AnySearch:
        """The general search of a problem; raises NoSearch."""
        return self.of(name)[-1]

    def search_for(self, problem: Problem[Any, Any], instance: Any) -> AnySearch:
        """The first search that recognises the instance; raises NoSearch."""
        return next(search for search in self.of(problem.name) if search.recognises(instance))

    def join(self, others: Mapping[str, Found]) -> Searches:
        """These searches and those of other problems; raises ValueError if one of the names is taken."""
        if taken := sorted(self.found.keys() & others.keys()):
            raise ValueError(f"there is a search for {taken[0]} already")
        return Searches({**self.found, **others})

    def with_(self, name: str, search: AnySearch) -> Searches:
        """These searches and one of another problem; raises ValueError if its name is taken."""
        return self.join({name: lambda: [search]})

    def trying_first(self, name: str, search: AnySearch) -> Searches:
        """With a special search of a problem that has one, which comes before all others; raises NoSearch."""
        rest = self.found.get(name)
        if rest is None:
            raise NoSearch(f"no search for {name}")
        return Searches({**self.found, name: lambda: [search, *rest()]})
