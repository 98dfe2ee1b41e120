"""The test kit: the laws of reductions on random instances. What is public is imported from `relucert.testing`."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.reduction import AnyReduction
from relucert.verify.problems import SEARCHES
from relucert.verify.ranges import COUNT, SHARE
from relucert.verify.search import Searches
from relucert.verify.testing.counterexample import Counterexample
from relucert.verify.testing.laws import Law, LawViolated, Undecided, examine, text_of
from relucert.verify.testing.processes import NotThere, differing
from relucert.verify.testing.smaller import smallest

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

WORK = 5_000_000  # allowed for one decision, which then takes about a second
MOST_COMPARED = 1000  # instances whose targets are compared with those of another process
MOST_HANGS = 20  # instances that are tried to shrink one on which a command gives no reply: each may take its time


class ReductionBroken(AssertionError):
    """A reduction breaks a law; with a counterexample, unless the law is about all instances together."""

    def __init__(self, text: str, law: Law, counterexample: Counterexample | None = None) -> None:
        super().__init__(text)
        self.law, self.counterexample = law, counterexample


@dataclass
class Findings:
    """What became of the instances that were drawn. unchecked: the laws that could not be checked, and why."""

    answers: Counter[str] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)
    sources: dict[str, Any] = field(default_factory=dict)  # by their text
    unchecked: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """For example '120 YES, 80 NO', and what was not decided."""
        shown = f"{self.answers['YES']} YES, {self.answers['NO']} NO"
        return shown + "".join(f", {count} UNKNOWN ({why})" for why, count in self.undecided.items())

    def lacking(self, min_no: float, max_unknown: float) -> tuple[Law, str] | None:
        """The law about all instances together that is broken, and how."""
        answered, unknown = self.answers.total(), self.undecided.total()
        if unknown > max_unknown * max(1, answered + unknown):
            return Law.DECIDED, f"{self}; at most {max_unknown:.0%} may be UNKNOWN"
        if not self.answers["YES"] or self.answers["NO"] < max(min_no * answered, min_no > 0):
            return Law.BOTH, f"{self}; a YES is expected, and at least {min_no:.0%} NO"
        return None


def require_hypothesis() -> None:
    """Raises ImportError that says what to install."""
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        raise ImportError("the test kit needs hypothesis: pip install 'relucert[testing]'") from None


def instances(problem: str, searches: Searches = SEARCHES) -> SearchStrategy[Any]:
    """Small random instances of that problem, for hypothesis; a third and more are a NO. Raises NoSearch."""
    require_hypothesis()
    return searches[problem].instances()


def assert_reduction(
    reduction: AnyReduction, *, max_examples: int = 200, min_no: float = 0.3, max_unknown: float = 0.0,
    sources: SearchStrategy[Any] | Sequence[Any] | None = None, searches: Searches = SEARCHES, work: int = WORK,
) -> Findings:  # fmt: skip
    """Check every law of a reduction on random instances; the same ones in every run.

    sources: a strategy, or instances; if not given, those that the search of the source draws, and for a counterexample
    any smaller instance. min_no: the share of
    instances that must be a NO; only these show that a target is not solvable too often. max_unknown: the share that
    may remain undecided, on one side or the other, with this much work. searches: of both problems, if they are not
    built in.

    Raises ReductionBroken with the smallest counterexample that was found, NoSearch if nothing draws or decides
    instances of the source, ImportError without hypothesis. Warns if a law could not be checked.
    """
    for name, count in {"max_examples": max_examples, "work": work}.items():
        COUNT.require(name, count)
    for name, share in {"min_no": min_no, "max_unknown": max_unknown}.items():
        SHARE.require(name, share)
    found = Findings()
    counterexample = search_for_counterexample(
        reduction, found, strategy_of(reduction, sources, searches), max_examples=max_examples, searches=searches,
        work=work, beyond=sources is None,
    ) or compare_processes(reduction, found, searches)  # fmt: skip
    if counterexample is not None:
        raise ReductionBroken(counterexample.text(), counterexample.law, counterexample)
    if lacking := found.lacking(min_no, max_unknown):
        law, detail = lacking
        raise ReductionBroken(f"{reduction.name} breaks a law: {law.value}: {detail}", law)
    for why in found.unchecked:
        warnings.warn(f"{reduction.name}: {why}", stacklevel=2)
    return found


def strategy_of(r: AnyReduction, sources: Any, searches: Searches) -> SearchStrategy[Any]:
    require_hypothesis()
    from hypothesis import strategies as st

    if sources is None:
        return instances(r.source.name, searches)
    if isinstance(sources, st.SearchStrategy):
        return sources
    if not (isinstance(sources, Sequence) and sources):
        raise InvalidInstance(f"sources: a strategy or a list of instances, not {shorten(sources)}")
    return st.sampled_from(sources)


def search_for_counterexample(
    r: AnyReduction, found: Findings, sources: SearchStrategy[Any], *, max_examples: int, searches: Searches,
    work: int = WORK, seed: int | None = None, known: frozenset[Law] = frozenset(),
    ended: Callable[[], bool] = lambda: False, beyond: bool = True,
) -> Counterexample | None:  # fmt: skip
    """Draw instances until one breaks a law that is not known to be broken, and shrink it for that law.

    seed: draws others; the same ones in every process if not given. ended: whether no more instance is to be tried.
    beyond: whether smaller instances than are drawn may be shown, too.
    """
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    broken: dict[tuple[str, int], LawViolated] = {}
    last: list[tuple[Any, LawViolated, int]] = []
    tried = 0  # since the first

    def law(source: Any, draws: int) -> None:
        nonlocal tried
        key = text_of(r.source, source), draws
        if key in broken:  # hypothesis runs the last one again
            last.append((source, broken[key], draws))
            raise broken[key]
        tried += bool(last)
        if ended() or (last and last[0][1].law is Law.REPLY and tried > MOST_HANGS):
            return
        try:
            outcome = examine(r, source, draws, work, searches)
        except Undecided as reason:
            if not last:
                found.undecided[str(reason)] += 1
            return
        except LawViolated as violation:
            if violation.law in known or (last and violation.law is not last[0][1].law):
                return  # one is shrunk after the other
            broken[key] = violation
            last.append((source, violation, draws))
            raise
        if not last:
            if len(found.sources) < MOST_COMPARED:
                found.sources[key[0]] = source
            if outcome.undecided:
                found.undecided[outcome.undecided] += 1
            else:
                found.answers[outcome.answer] += 1

    quietly = settings(
        max_examples=max_examples, derandomize=seed is None, database=None, deadline=None, print_blob=False,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
    )  # fmt: skip
    run = quietly(given(sources, st.integers(0, 99))(law))
    with suppress(LawViolated):
        (run if seed is None else seeded(seed)(run))()
    if not last:
        return None
    source, violation, draws = min(last, key=lambda one: len(text_of(r.source, one[0])))
    if beyond and violation.law is not Law.REPLY:
        source, violation = smallest(r, source, violation, draws, work, searches, ended)
    violation.__traceback__ = None
    return Counterexample(r, source, violation, searches)


def compare_processes(r: AnyReduction, found: Findings, searches: Searches) -> Counterexample | None:
    """Check Law.PROCESSES on all instances that were drawn."""
    if not found.sources:
        return None
    try:
        different = differing(r, list(found.sources.values()))
    except NotThere as why:
        found.unchecked.append(f"not checked: {Law.PROCESSES.value} ({why})")
        return None
    return different and Counterexample(r, *different, searches)
