"""What the runs say: who solved what and how fast, who was wrong, and a cactus plot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, log
from pathlib import Path
from statistics import mean, median

from benchmarks.peers.families import FAMILIES
from benchmarks.peers.runs import FLOATING, OWN, PACKAGES, Run

QUICK = 0.1  # seconds; what the fastest peer takes less time for is mostly the start of processes
SOME, MOST = 3, 10.0  # the spread is that of SOME seeds or more; seconds from QUICK to MOST are worth more seeds

Key = tuple[str, int]


def geometric_mean(values: Sequence[float]) -> float:
    return exp(mean(map(log, values)))


@dataclass(frozen=True)
class Results:
    """Of the questions that all programs have been asked; `known`: those that have a solution by construction.

    processor: times are seconds of the processor.
    """

    runs: tuple[Run, ...]
    limit: float
    known: frozenset[Key] = frozenset()
    processor: bool = False

    @cached_property
    def programs(self) -> list[str]:
        return [p for p in PACKAGES if any(run.program == p for run in self.runs)]

    @cached_property
    def of(self) -> dict[Key, dict[str, list[Run]]]:
        found: dict[Key, dict[str, list[Run]]] = {}
        for run in self.runs:
            found.setdefault((run.family, run.number), {}).setdefault(run.program, []).append(run)
        return {key: by for key, by in found.items() if len(by) == len(self.programs)}

    @cached_property
    def truth(self) -> dict[Key, str | None]:
        return {key: self._truth(key) for key in self.of}

    def _truth(self, key: Key) -> str | None:
        """A network that fits exactly, or else a certificate, or else what all exact solvers say that say anything."""
        runs = [run for by in self.of[key].values() for run in by]
        if key in self.known or any(run.fits for run in runs if run.program != OWN):
            return "YES"
        for some in ([r for r in runs if r.program == OWN], [r for r in runs if r.program not in FLOATING]):
            answers = {run.answer for run in some} - {"UNKNOWN"}
            if answers:
                return answers.pop() if len(answers) == 1 else None
        return None

    def time(self, run: Run) -> float:
        return run.cpu if self.processor else run.seconds

    def is_wrong(self, run: Run) -> bool:
        truth = self.truth[run.family, run.number]
        return truth is not None and run.answer not in ("UNKNOWN", truth)

    def seconds(self, key: Key, program: str) -> float:
        """The median over seeds; infinite where it gave no answer, or a wrong one."""
        return median(
            inf if run.answer == "UNKNOWN" or self.is_wrong(run) else self.time(run) for run in self.of[key][program]
        )

    def solved(self, program: str, keys: Iterable[Key] | None = None) -> list[Key]:
        return [key for key in (self.of if keys is None else keys) if self.seconds(key, program) < inf]

    def par2(self, program: str, keys: Iterable[Key] | None = None) -> float:
        """Mean seconds, twice the limit for what is not solved."""
        taken = [self.seconds(key, program) for key in (self.of if keys is None else keys)]
        return mean(t if t < inf else 2 * self.limit for t in taken)

    def fastest_peer(self, key: Key) -> float:
        return min((self.seconds(key, p) for p in self.programs if p != OWN), default=inf)

    def disagreements(self) -> list[Key]:
        """Questions on which answers differ."""
        return [key for key, by in self.of.items() if {"YES", "NO"} <= {run.answer for rs in by.values() for run in rs}]

    def worth_more_seeds(self) -> set[Key]:
        """Where some program besides relucert, of which every process takes that long, took 0.1 to 10 s at first."""
        first = [run for run in self.runs if not run.seed and run.program != OWN and run.answer != "UNKNOWN"]
        return {(run.family, run.number) for run in first if QUICK <= self.time(run) <= MOST}


# --------------------------------------------------------------------------------------------------------------- tables


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"
    yield ""


def report(results: Results) -> Iterator[str]:
    """Lines of Markdown."""
    if not results.of:
        yield "no question has been asked of all programs yet"
        return
    truth = list(results.truth.values())
    left_out = len({(r.family, r.number) for r in results.runs}) - len(results.of)
    clock = " of the processor" if results.processor else ""
    more = f"; {left_out} more are not finished" if left_out else ""
    yield (
        f"{len(results.of)} instances: {truth.count('YES')} YES, {truth.count('NO')} NO, {truth.count(None)} open; "
        f"{results.limit:g} s{clock} each{more}. "
        f"Not run: {', '.join(p for p in PACKAGES if p not in results.programs) or 'none'}."
    )
    yield ""
    yield "Solved, and PAR-2 in seconds:"
    yield ""
    yield from table(["family", "instances", "NO", *results.programs], _by_family(results))
    yield f"Each program by itself, and against relucert on what both solved and took it {QUICK} s or more:"
    yield ""
    yield from table(
        ["program", "solved", "PAR-2", "wrong", "YES, but no network that fits exactly", "confirmed by none",
         f"both, program ≥ {QUICK} s", "relucert, geometric mean s", "program, geometric mean s", "only relucert",
         "only program", "processor s for its answers"],
        _by_program(results),
    )  # fmt: skip
    if OWN in results.programs and len(results.programs) > 1:
        yield "relucert against the fastest other program on each instance:"
        yield ""
        header = [
            "family",
            "solved by relucert",
            "by any other",
            f"both, other ≥ {QUICK} s",
            "relucert, geometric mean s",
        ]
        more = f"times as fast at least, {results.limit:g} s for what no other solves"
        yield from table([*header, "fastest other, geometric mean s", "times as fast", more], _against_fastest(results))
    yield from _certificates(results)
    yield from _spread(results)
    yield from _remarks(results)


def _keys(results: Results) -> Iterator[tuple[str, list[Key]]]:
    for family in FAMILIES:
        keys = [key for key in results.of if key[0] == family]
        if keys:
            yield family, keys


def _by_family(results: Results) -> Iterator[Sequence[object]]:
    for family, keys in [*_keys(results), ("all", list(results.of))]:
        cells = [f"{len(results.solved(p, keys))}, {results.par2(p, keys):.2f}" for p in results.programs]
        yield family, len(keys), sum(results.truth[key] == "NO" for key in keys), *cells


def _by_program(results: Results) -> Iterator[Sequence[object]]:
    own = set(results.solved(OWN)) if OWN in results.programs else set()
    for program in results.programs:
        runs = [run for by in results.of.values() for run in by[program]]
        solved = set(results.solved(program))
        both = sorted(key for key in own & solved if results.seconds(key, program) >= QUICK)
        means = ["", ""]
        if both:
            means = [f"{geometric_mean([results.seconds(k, p) for k in both]):.3f}" for p in (OWN, program)]
        inexact = sum(run.answer == "YES" and run.fits is False and not results.is_wrong(run) for run in runs)
        cpu = sum(run.cpu for run in runs if run.answer != "UNKNOWN")  # what is ended does not say what it took
        alone = sum(_is_alone(results, key, program) for key in solved) if program != OWN else 0
        yield (
            program, len(solved), f"{results.par2(program):.2f}", sum(map(results.is_wrong, runs)), inexact, alone,
            len(both), *means, len(own - solved), len(solved - own), f"{cpu:.0f}",
        )  # fmt: skip


def _is_alone(results: Results, key: Key, program: str) -> bool:
    """No certificate, no network, and no other program says it."""
    by = results.of[key]
    if key in results.known or any(run.fits for runs in by.values() for run in runs):
        return False
    return all(run.answer == "UNKNOWN" for p, runs in by.items() if p != program for run in runs)


def _against_fastest(results: Results) -> Iterator[Sequence[object]]:
    for family, keys in [*_keys(results), ("all", list(results.of))]:
        own, other = results.solved(OWN, keys), [key for key in keys if results.fastest_peer(key) < inf]
        slow = [key for key in own if results.fastest_peer(key) >= QUICK]
        both = [key for key in slow if key in other]
        counted = len(own), len(other), len(both)
        yield family, *counted, *(_ratio(results, both) or [""] * 3), (_ratio(results, slow) or [""])[-1]


def _ratio(results: Results, keys: Sequence[Key]) -> list[str]:
    """Geometric means of relucert and of the fastest other program, the limit if there is none, and their ratio."""
    if not keys:
        return []
    a = geometric_mean([results.seconds(key, OWN) for key in keys])
    b = geometric_mean([min(results.limit, results.fastest_peer(key)) for key in keys])
    return [f"{a:.2f}", f"{b:.2f}", f"{b / a:.2f}"]


def _certificates(results: Results) -> Iterator[str]:
    runs = [run for by in results.of.values() for run in by.get(OWN, ()) if run.answer != "UNKNOWN"]
    steps, size = sum(run.steps for run in runs), sum(run.size for run in runs)
    decide, check = sum(run.deciding for run in runs), sum(run.checking for run in runs)
    if runs:
        each = f", {size / steps:.0f} bytes a step" if steps else ""
        share = f" ({check / decide:.1%})" if decide else ""
        yield (
            f"Certificates: {len(runs)}, {size:,} bytes, {steps:,} steps{each}; checking took {check:.1f} s, "
            f"deciding {decide:.1f} s{share}."
        )
        yield ""


def _spread(results: Results) -> Iterator[str]:
    """Of several orders of the samples: the largest time over the least."""
    rows = []
    for program in results.programs:
        groups = [by[program] for by in results.of.values() if len(by[program]) >= SOME]
        times = [[results.time(run) for run in runs] for runs in groups if all(run.answer != "UNKNOWN" for run in runs)]
        some = sum(0 < sum(run.answer != "UNKNOWN" for run in runs) < len(runs) for runs in groups)
        if groups:
            ratios = [max(t) / min(t) for t in times]
            shown = (
                [f"{median(map(median, times)):.2f}", f"{median(ratios):.2f}", f"{max(ratios):.1f}"]
                if times
                else [""] * 3
            )
            rows.append([program, len(groups), len(times), some, *shown])
    if rows:
        yield f"Several orders of samples and coordinates ({SOME} or more):"
        yield ""
        header = [
            "program",
            "instances",
            "solved in all orders",
            "in some only",
            "median s",
            "largest / least time, median",
        ]
        yield from table([*header, "worst"], rows)


def _remarks(results: Results) -> Iterator[str]:
    """Every disagreement and every wrong answer by name."""
    for key in results.disagreements():
        said = {
            answer: sorted({r.program for runs in results.of[key].values() for r in runs if r.answer == answer})
            for answer in ("YES", "NO")
        }
        truth = results.truth[key] or "open"
        yes, no = ", ".join(said["YES"]), ", ".join(said["NO"])
        yield f"- {key[0]} {key[1]}: {yes} say YES, {no} say NO; the answer is {truth}."
    open_ones = [f"{key[0]} {key[1]}" for key, truth in results.truth.items() if truth is None]
    if open_ones:
        yield f"- Solved by none: {', '.join(open_ones)}."


# ----------------------------------------------------------------------------------------------------------------- plot


def cactus(results: Results, folder: Path) -> list[Path]:
    """Instances solved within so many seconds each, as peers.png and peers.svg."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "relucert", "font.size": 9}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        axes = figure.add_subplot()
        for program, marker in zip(results.programs, "osD^vPX", strict=False):
            times = sorted(results.seconds(key, program) for key in results.solved(program))
            own = program == OWN
            label = f"{program}, proof and check included" if own else program
            axes.plot(
                range(1, len(times) + 1), times, marker=marker, markersize=3, linewidth=2.2 if own else 1.0,
                markevery=max(1, len(times) // 12), zorder=3 if own else 2, label=label,
            )  # fmt: skip
        axes.set_yscale("log")
        axes.axhline(results.limit, color="#888888", linewidth=0.8, linestyle=":")
        axes.set_xlabel(f"instances solved, of {len(results.of)}")
        axes.set_ylabel(f"seconds{' of the processor' if results.processor else ''} for each, process included")
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.legend(frameon=False, fontsize=8)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for kind in ("png", "svg"):
            written.append(folder / f"peers.{kind}")
            nothing = {"Date": None} if kind == "svg" else {"Software": None}
            figure.savefig(written[-1], dpi=150, metadata=nothing)
        return written
