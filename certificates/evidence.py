"""The evidence of a certificate: witnesses that are evaluated, refutations that are followed step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from relucert.certificates.families.family import Family
from relucert.certificates.kernel import Atom, Kernel, Malformed, Meter, Rejected, integer, step_from_json
from relucert.certificates.properties import property_from_json
from relucert.reductions.exact import InvalidInstance, TooLarge, shorten
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction

if TYPE_CHECKING:
    from relucert.certificates.catalogue import Catalogue
    from relucert.certificates.encoding import Formulas
    from relucert.certificates.kernel import Step

AnyProblem = Problem[Any, Any]


class Lines(Protocol):
    """The objects of a certificate, of which the last one that was read took `length` bytes."""

    length: int

    def __iter__(self) -> Iterator[dict[str, Any]]: ...


class Common(NamedTuple):
    """What has been derived for all cases, and what all of them say to the symmetry rule."""

    kernel: Kernel
    choice: Any


class Evidence:
    """The claim, and what stands after it, in order. Every piece is paid for before it is looked at.

    at: the step that is followed, for messages. steps: how many proof steps were followed. trusted:
    the origins of what is not built in and has been used.
    """

    def __init__(self, lines: Lines, meter: Meter, catalogue: Catalogue) -> None:
        self.stream, self.lines, self.meter, self.catalogue = lines, iter(lines), meter, catalogue
        self.ahead: dict[str, Any] | None = None  # a line that has been looked at, which is still the next one
        self.steps = 0
        self.at: Step | None = None
        self.trusted: set[str] = set()

    def claim(self) -> dict[str, Any] | None:
        """The first line, which stays in memory."""
        claim = self._next()
        self.meter.hold(4 * self.stream.length)
        return claim

    def member(self) -> dict[str, Any]:
        """The next line, about one of many instances, which stays in memory."""
        line = self._next()
        if line is None:
            raise Rejected("an instance is missing")
        self.meter.hold(4 * self.stream.length)
        return line

    def problem(self, name: Any) -> AnyProblem:
        problem = self.catalogue.problem(name)
        self._trust(problem.name)
        return problem

    def reduction(self, name: Any, parameters: Mapping[str, Any]) -> AnyReduction:
        r = self.catalogue.reduction(name, parameters)
        self._trust(*name.split("/"), *(part.name for link in r.links for part in (link, link.source, link.target)))
        return r

    def family(self, name: Any) -> Family[Any]:
        family = self.catalogue.family(name)
        self._trust(family.name)
        return family

    def _trust(self, *names: str) -> None:
        self.trusted.update(self.catalogue.origins[name] for name in names if name in self.catalogue.origins)

    def instance(self, problem: AnyProblem, data: Any) -> Any:
        """An instance that stands in the claim."""
        instance = problem.instance_from_json(data)
        self.meter.hold(problem.size(instance).words)
        return instance

    def images(self, r: AnyReduction, source: Any) -> list[Any]:
        """The source, what stands between the links, the target. A few bytes of claim must not ask for huge ones."""
        instances = [source]
        for link in r.links:
            for size in link.stages(instances[-1]):
                self._pay(size.words)
            self.meter.spend(link.work(instances[-1]))
            instances.append(link.reduce(instances[-1]))
        return instances

    def sha256(self, problem: AnyProblem, instance: Any) -> str:
        """Long numbers are written in decimal, digit by digit."""
        size = problem.size(instance)
        self.meter.spend(size.words * (size.measures.get("bits", 0) + 1000) // 4000)
        with self.meter.holding(3 * size.words):
            return problem.sha256(instance)

    def maps_forward(self, r: AnyReduction, instances: Sequence[Any], witness: Any) -> bool:
        """Whether the forward image of a solution of the first instance solves the last one."""
        with self.meter.holding():
            for link, before, after in zip(r.links, instances, instances[1:], strict=False):
                self.meter.spend(link.work(before, witness=witness))
                self.meter.hold(link.target.solution_words(link.target.size(after)))
                witness = link.forward(before, witness)
            return self.solves(r.target, instances[-1], witness)

    def promised(self, r: AnyReduction, source: Any) -> Any:
        """The source instance that r promises a solution of; as large as the source."""
        self._pay(r.source.size(source).words)
        return r.promised(source)

    def maps_backward(self, r: AnyReduction, instances: Sequence[Any], witness: Any, aim: Any) -> bool:
        """Whether the backward image of a solution of the last instance solves `aim`, the first one or the promised."""
        with self.meter.holding():
            for link, before in zip(reversed(r.links), reversed(instances[:-1]), strict=True):
                self.meter.spend(link.work(before, image=witness))
                self.meter.hold(link.source.solution_words(link.source.size(before)))
                witness = link.backward(before, witness)
            return self.solves(r.source, aim, witness)

    def solves(self, problem: AnyProblem, instance: Any, witness: Any) -> bool:
        self.meter.spend(problem.work(instance, witness))
        return problem.accepts(instance, witness)

    def of(self, side: str, problem: AnyProblem, instance: Any, answer: str) -> Any:
        """The evidence for one side: a witness, which is returned, on YES; a refutation of every case on NO.

        On FAILS a value that solves nothing.
        """
        if answer == "YES":
            return self.witness(side, problem, instance)
        if answer == "FAILS":
            return self.failure(side, problem, instance)
        return self.refutation(side, problem, instance)

    def witness(self, side: str, problem: AnyProblem, instance: Any) -> Any:
        witness = problem.witness_from_json(self._value("witness", side))
        if not self.solves(problem, instance, witness):
            raise Rejected(f"the witness does not solve the {side}")
        return witness

    def failure(self, side: str, problem: AnyProblem, instance: Any) -> None:
        """A value that does not solve the instance; what is no witness at all does not. Raises TooLarge."""
        shown = self._value("fails", side)
        try:
            solves = self.solves(problem, instance, problem.witness_from_json(shown))
        except TooLarge:
            raise
        except InvalidInstance:
            return
        if solves:
            raise Rejected(f"what is said to fail solves the {side}")

    def _value(self, key: str, side: str) -> Any:
        """What is to be evaluated; it stays in memory."""
        line = self._section(key, side)
        self.meter.hold(16 * self.stream.length)
        self.meter.spend(self.stream.length)  # how much work it is takes time to say
        return fields(line, "side", key)[key]

    def refutation(self, side: str, problem: AnyProblem, instance: Any, strictly_below: bool = False) -> None:
        """No witness solves the instance, or goes below its threshold: every case is refuted."""
        encoding = self.catalogue.encoding(problem)
        cases, formulas, most = encoding.cases(instance), encoding.formulas(instance, strictly_below), 0
        with self.meter.holding():
            common = self._common(side, lambda choice: encoding.words(instance, choice), formulas)
            for case in cases:
                choice = self._choice(side, case, common)
                words = encoding.words(instance, choice)
                if len(cases) > 1:  # what they share is kept
                    self.meter.hold(max(0, words - most))
                    most = max(most, words)
                with self.meter.holding():
                    self._pay(words)
                    if common is None:
                        self._refute(Kernel(formulas(case, choice), self.meter), case)
                        continue
                    with common.kernel.going_on(formulas(case, choice, common.kernel)) as kernel:
                        self._refute(kernel, case)

    def exceptions(self, problem: AnyProblem, instance: Any, data: Any) -> None:
        """No witness solves the instance without having the property: every case of the exceptions is refuted."""
        encoding = self.catalogue.encoding(problem)
        claimed = property_from_json(data, encoding.property_variables(instance))
        for case in encoding.cases(instance):
            choice = self._choice("exception", case)
            with self.meter.holding():
                self._pay(encoding.words(instance, choice, claimed))
                self._refute(Kernel(encoding.exceptions(instance, case, choice, claimed), self.meter), case)

    def _pay(self, words: int) -> None:
        """Pay for a formula or an instance before it is built."""
        self.meter.hold(words)
        self.meter.spend(words // 8)

    def _common(self, side: str, words: Callable[[Any], int], formulas: Formulas) -> Common | None:
        """The steps that all cases go on from, if there are any, up to the first case."""
        self.ahead = header = self._next()
        if header is None or header.get("refute") != "all":
            return None
        choice = fields(self._section("refute", side), "side", "refute", "symmetry")["symmetry"]
        self._pay(words(choice))
        kernel = Kernel(formulas.common(choice), self.meter)
        while (line := self._next()) is not None and "refute" not in line:
            self._apply(line, kernel)
        self.ahead = line
        return Common(kernel, choice)

    def _choice(self, side: str, case: int, common: Common | None = None) -> Any:
        """Read the header of a case: what it says to the symmetry rule, unless that is said of all cases."""
        header = self._section("refute", side)
        fields(header, "side", "refute", *([] if common else ["symmetry"]))
        if integer(header["refute"]) != case:
            raise Rejected(f"the refutation of case {case} is missing")
        return common.choice if common else header["symmetry"]

    def _refute(self, kernel: Kernel, case: int) -> None:
        while not kernel.refuted:
            line = self._next()
            if line is None:
                raise Rejected(f"the refutation of case {case} does not reach the empty clause")
            self._apply(line, kernel)

    def _apply(self, line: dict[str, Any], kernel: Kernel) -> None:
        step = step_from_json(line, kernel.last_id + 1)
        self.at = step
        step.apply(kernel)
        self.steps += 1

    def _section(self, key: str, side: str) -> dict[str, Any]:
        line = self._next()
        if line is None or key not in line:
            raise Rejected(f"expected a line {key!r} for the {side}")
        if line.get("side") != side:
            raise Rejected(f"expected the {side}, not {shorten(line.get('side'))}")
        return line

    @property
    def place(self) -> str:
        """In the current line."""
        return f", atom {self.at.atom}" if isinstance(self.at, Atom) else f", step {self.at.id}" if self.at else ""

    def _next(self) -> dict[str, Any] | None:
        self.at = None
        if self.ahead is None:
            return next(self.lines, None)
        line, self.ahead = self.ahead, None
        return line

    def end(self) -> None:
        if self._next() is not None:
            raise Malformed("the evidence goes on after the claim is proved")


def fields(line: dict[str, Any], *names: str) -> dict[str, Any]:
    """A line with exactly these keys."""
    if line.keys() != set(names):
        raise Malformed(f"expected the keys {', '.join(sorted(names))}")
    return line
