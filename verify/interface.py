"""What `relucert` offers in Python: decide, certify, look at the result. Nothing here needs the command line.

Errors of the caller's are ValueErrors in one line. What the provers do not find is a Result whose answer is UNKNOWN.
"""

from __future__ import annotations

import gzip
import io
import numbers
import os
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, is_dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from html import escape
from typing import Any

from relucert.certificates.checker import Verdict
from relucert.certificates.checker import check as check_stream
from relucert.certificates.writer import Yes
from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, short, shorten, simplified
from relucert.reductions.formats import counted
from relucert.reductions.json_text import dumps, loads, rational_from_json, rational_to_json
from relucert.reductions.parameters import named
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.training import LOSSES, SIGN, TRAINING, Network, TrainingInstance, sample
from relucert.reductions.reduction import AnyReduction, Reduction
from relucert.verify import jobs
from relucert.verify.certify import CertificateRefused, certify_bounds, certify_minimum
from relucert.verify.files import writing
from relucert.verify.jobs import AnyProblem, Job, Subject
from relucert.verify.limits import LimitReached, Watch
from relucert.verify.provers.base import Unknown
from relucert.verify.ranges import GIGABYTES, SECONDS
from relucert.verify.signs import with_both_signs

Number = Callable[[Any, str], Rational]  # of what stands at a place that is named


@dataclass(frozen=True)
class Picture:
    """A drawing of a training set, which a notebook shows; `save` writes it as .svg or .png."""

    draw: Callable[[str], bytes] = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        kind = os.path.splitext(path)[1][1:]
        if kind not in ("svg", "png"):
            raise InvalidInstance(f"{shorten(os.fspath(path))}: the name of a picture ends in .svg or .png")
        picture = self.draw(kind)
        with writing(os.fspath(path)) as stream:
            stream.write(picture)

    def _repr_svg_(self) -> str:
        return self.draw("svg").decode()


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class _Certified:
    reason: str = ""
    certificate: bytes = b""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate; compressed if the name ends in .gz. Raises ValueError if there is none."""
        certificate = self._certificate()
        with writing(os.fspath(path)) as stream:
            stream.write(gzip.compress(certificate, mtime=0) if os.fspath(path).endswith(".gz") else certificate)

    def _verdict(self) -> Verdict:
        return check_stream(io.BufferedReader(io.BytesIO(self._certificate())))

    def _certificate(self) -> bytes:
        if not self.certificate:
            raise InvalidInstance(f"there is no certificate, the answer is UNKNOWN: {self.reason}")
        return self.certificate


@dataclass(frozen=True, eq=False, repr=False)
class LeastLoss(_Certified):
    """Between which bounds the least loss of a training set lies, and the certificate of that.

    loss: as it was asked for. instance: of training, None if it was not even read; its threshold is the upper bound if
    there is a network, whose loss that is. lower: no network of the class has a loss below it. Without a network
    nothing was found, and there is no certificate. reason: what ended the search, if something did, before the bounds
    were as asked for. certificate: the text that the checker has accepted.
    """

    loss: str
    instance: TrainingInstance | None
    network: Network | None = None
    lower: Rational = 0

    @property
    def upper(self) -> Rational | None:
        return self.instance.threshold if self.instance and self.network else None

    def __repr__(self) -> str:
        said = f"at least {short(self.lower)}, at most {short(self.upper)}" if self.upper is not None else "UNKNOWN"
        if self.upper == self.lower:
            said = short(self.lower)
        return f"<least {self.loss} loss: {said}{f'; {self.reason}' if self.reason else ''}>"

    def check(self) -> Verdict:
        """The verdict of the checker, which knows no solver; "rejected" also if it is about another instance."""
        verdict = self._verdict()
        if verdict.proved is None:
            return verdict
        if verdict.proved.instance != self.instance:
            return Verdict("rejected", "the certificate is valid, but it is not about this training set")
        claim = loads(self.certificate.split(b"\n", 1)[0].decode("ascii"))
        low = rational_from_json(claim["low"]) if verdict.claim == "bounds" else self.upper
        if verdict.claim not in ("minimum", "bounds") or low != self.lower:
            return Verdict("rejected", "the certificate is valid, but it does not prove these bounds")
        return verdict


@dataclass(frozen=True, eq=False, repr=False)
class Result(_Certified):
    """What is known of an instance, and the certificate of it.

    answer: YES, NO or UNKNOWN. reason, details: why it is UNKNOWN, and which prover reached what. witness: of a YES,
    the solution in the problem's own form, such as the colour of every vertex. network: the network, if the instance or
    the target of the reduction is one of training. problem, instance: what was decided, None if it was not even read;
    reduction: what both sides were decided of, or None. read: what was made of the source, in words. remarks: of its
    reader. nodes: of a graph of networkx, vertex v is nodes[v]. certificate: the text that the checker has accepted,
    empty for UNKNOWN. seconds: how long each stage took.
    """

    answer: str
    problem: AnyProblem
    instance: Any
    reduction: AnyReduction | None = None
    witness: Any = None
    network: Network | None = None
    details: tuple[str, ...] = ()
    read: str = ""
    remarks: tuple[str, ...] = ()
    nodes: tuple[Hashable, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        name = self.reduction.name if self.reduction else self.problem.name
        return f"<{self.answer} {name}: {self.read}{f'; {self.reason}' if self.reason else ''}>"

    @property
    def target(self) -> Any:
        """The target instance of the reduction, or None."""
        return self.reduction.reduce(self.instance) if self.reduction else None

    def check(self) -> Verdict:
        """The verdict of the checker, which knows no solver; "rejected" also if it is about another instance."""
        verdict = self._verdict()
        if verdict.proved is None:
            return verdict
        said, subject = verdict.proved, str(self.reduction or "")
        is_target = said.target == self.target if said.target_problem else said.subject == subject
        if (said.answer, said.instance) != (self.answer, self.instance) or not is_target:
            return Verdict("rejected", "the certificate is valid, but it is not about this result")
        return verdict

    def plot(
        self, *, dark: bool = False, window: tuple[Rational, Rational, Rational, Rational] | None = None,
        line: Rational | None = None,
    ) -> Picture:  # fmt: skip
        """The training set in one or two dimensions, and the network if there is one. Raises ValueError otherwise.

        window: x₁ from, to, x₂ from, to, exact numbers. line: the cross-section on the line x₁ = line.
        """
        part = None if window is None else tuple(_number(end, "window") for end in _plain(window, "window"))
        where = None if line is None else _number(line, "line")
        if part is not None and len(part) != 4:
            raise InvalidInstance(f"window: expected four numbers, not {len(part)}")
        drawn = self.target if self.reduction else self.instance
        if not isinstance(drawn, TrainingInstance):
            raise InvalidInstance(f"only training sets are drawn, and this is an instance of {self.problem.name}")
        if drawn.dimension not in (1, 2):
            raise InvalidInstance(f"only one or two dimensions can be drawn, not {drawn.dimension}")

        def draw(kind: str) -> bytes:
            from relucert.verify.plot import plot

            return plot(drawn, self.network, kind, dark, window=part, line=where)

        return Picture(draw)

    def _repr_html_(self) -> str:
        about = f"{self.reduction.name}: {self.problem.name}" if self.reduction else self.problem.name
        rows = {self.answer: about, "read": self.read, "reason": self.reason}
        if self.certificate:
            rows["certificate"] = f"{len(self.certificate):,} bytes, accepted by the checker"
        if self.answer == "YES":
            rows["witness"] = shorten(self.witness)
        cells = (f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in rows.items() if text)
        return f"<table>{''.join(cells)}</table>"


def certify(
    what: str | AnyReduction | type[AnyReduction] | AnyProblem, source: Any, *, time_limit: float = 600.0,
    memory_limit: float | None = None, prover: str = "auto", **parameters: Any,
) -> Result:  # fmt: skip
    """Decide an instance, or both sides of a reduction, and certify the answer.

    what: a reduction or a problem, or the name of one. source: the path of a file, an undirected graph of networkx, a
    dictionary as in a JSON file, or an instance of the problem. parameters: of the problem and of the reduction, such
    as colors=3. time_limit: seconds in all. memory_limit: gigabytes in all, three quarters of what is free if not
    given. In other threads than the main one, reading, reducing and checking end where the work that stands for the
    limit is counted, or between two steps after it; a file that never ends, or code from outside, has no limit there.
    Raises ValueError on bad input, and ReductionRefuted, with a certificate of it, if the reduction is wrong.
    """
    watch = _watch(prover, time_limit, memory_limit)
    given = {name: _parameter(name, value) for name, value in parameters.items()}
    subject = _subject(what, given)

    def read() -> tuple[Job, tuple[Hashable, ...]]:
        if isinstance(source, str | os.PathLike):
            return jobs.load(subject, os.fspath(source), option=_keyword), ()
        parsed, nodes = _parsed(subject.problem, source)
        return jobs.complete(subject, parsed, "", option=_keyword), nodes

    return _result(subject, read, prover, watch)


def certify_training(
    X: Iterable[Iterable[Any]], y: Iterable[Any], *, neurons: int, activation: str = "relu", output: str = "signs",
    bias: bool = False, clip: tuple[Any, Any] | None = None, loss: str = "exact", threshold: Any = 0,
    norm_bound: Any = None, alpha: Any = None, weights: Iterable[int] | None = None, exact_floats: bool = False,
    time_limit: float = 600.0, memory_limit: float | None = None, prover: str = "auto",
) -> Result:  # fmt: skip
    """Decide whether a network of so many neurons fits the points X with the labels y, and certify the answer.

    X: one row for each point. Numbers are integers (numpy's too), Fractions, Decimals, or strings such as "0.1" and
    "1/3". Floats are refused, as 0.1 is not 1/10 in binary; exact_floats takes them as the fractions that they are.
    weights: how often each sample counts, 1 if not given. output: output weights: ones, signs or real. loss: exact, l0,
    l1, l2 or linf, which must be at most the threshold. norm_bound: of each neuron. clip: the interval for the values.
    alpha: the slope of leaky ReLUs below 0. Raises ValueError on bad input.
    """
    watch = _watch(prover, time_limit, memory_limit)
    number = partial(_number, exact_floats=exact_floats)
    given = _class(neurons, activation, output, bias, clip, norm_bound, alpha, number)
    subject = jobs.of_problem(TRAINING, given | {"loss": loss, "threshold": number(threshold, "threshold")})

    def read() -> tuple[Job, tuple[Hashable, ...]]:
        return jobs.complete(subject, _training_set(X, y, weights, number), "", option=_keyword), ()

    return _result(subject, read, prover, watch)


def least_loss(
    X: Iterable[Iterable[Any]], y: Iterable[Any], *, neurons: int, activation: str = "relu", output: str = "signs",
    bias: bool = False, clip: tuple[Any, Any] | None = None, loss: str = "l2", norm_bound: Any = None,
    alpha: Any = None, weights: Iterable[int] | None = None, gap: Any = 0, exact_floats: bool = False,
    time_limit: float = 600.0, memory_limit: float | None = None, prover: str = "auto",
) -> LeastLoss:  # fmt: skip
    """The least loss of a network of so many neurons, certified; or bounds, if the limits end the search.

    The same arguments as of `certify_training`, but: loss is l0, l1, l2, linf or sign, which counts samples of labels
    1 and -1 on the wrong side of one threshold, or whose sign ReLUs have not. gap: bounds are enough that differ by
    this share of the upper one. Raises ValueError on bad input.
    """
    watch = _watch(prover, time_limit, memory_limit)
    number = partial(_number, exact_floats=exact_floats)
    share = number(gap, "gap")
    if not 0 <= share < 1:
        raise InvalidInstance(f"gap: expected a share of at least 0 and less than 1, not {shorten(gap)}")
    if loss not in (*LOSSES, SIGN) or loss == "exact":
        raise InvalidInstance(f"loss: {shorten(loss)} is none of l0, l1, l2, linf, sign")
    given = _class(neurons, activation, output, bias, clip, norm_bound, alpha, number)
    subject = jobs.of_problem(TRAINING, given | {"loss": "l0" if loss == SIGN else loss, "threshold": 0})
    instance: TrainingInstance | None = None
    try:
        with watch:
            watch.doing("reading the source")
            asked = jobs.complete(subject, _training_set(X, y, weights, number), "", option=_keyword).instance
            instance = with_both_signs(asked) if loss == SIGN else asked
            watch.doing("writing and checking")
            return _bounded(loss, instance, jobs.minimised(instance, prover, watch, share))
    except LimitReached as limit:
        return LeastLoss(loss, instance, reason=limit.reason)
    except CertificateRefused as failure:
        return LeastLoss(loss, instance, reason=f"the checker refused the provers' certificate: {failure}")


def _class(
    neurons: Any, activation: str, output: str, bias: Any, clip: Any, norm_bound: Any, alpha: Any, number: Number
) -> dict[str, Any]:
    """The class of networks, as the parameters of the problem."""
    return {
        "neurons": _parameter("neurons", neurons),
        "activation": activation,
        "output": output,
        "bias": _parameter("bias", bias),
        "clip": None if clip is None else tuple(number(end, "clip") for end in _plain(clip, "clip")),
        "norm_bound": None if norm_bound is None else number(norm_bound, "norm_bound"),
        "alpha": None if alpha is None else number(alpha, "alpha"),
    }


# ---------------------------------------------------------------------------------------------------------- the answer


def _bounded(loss: str, instance: TrainingInstance, found: Any) -> LeastLoss:
    """What was found about a least loss, certified."""
    from relucert.verify.optimum import Minimum, together

    reason = ""
    if isinstance(found, Unknown):
        if not found.found:
            return LeastLoss(loss, instance, reason=found.reason)
        reason, found = found.reason, together(found.found)
    least = isinstance(found, Minimum)
    certified = certify_minimum(found) if least else certify_bounds(found)
    if isinstance(certified, Unknown):
        return LeastLoss(loss, instance, reason=certified.reason)
    lower = found.value if least else found.lower
    return LeastLoss(
        loss, found.instance, found.reached.witness, lower, reason=reason, certificate=certified.certificate
    )


def _watch(prover: str, time_limit: float, memory_limit: float | None) -> Watch:
    """The limits of a run. Raises InvalidInstance."""
    if prover not in ("auto", "z3", "lp"):
        raise InvalidInstance(f"prover: {shorten(prover)} is none of auto, z3, lp")
    SECONDS.require("time_limit", time_limit)
    if memory_limit is not None:
        GIGABYTES.require("memory_limit", memory_limit)
    return Watch(time_limit, memory_limit)


def _result(
    subject: Subject, read: Callable[[], tuple[Job, tuple[Hashable, ...]]], prover: str, watch: Watch
) -> Result:
    """What is known of the instance that is read, all within the limits."""
    try:
        with watch:
            watch.doing("reading the source")
            job, nodes = read()
            watch.doing("reducing, writing and checking")
            return _decided(job, nodes, prover, watch)
    except LimitReached as limit:
        why = (f"stopped while {limit.phase}",)
        return Result("UNKNOWN", subject.problem, None, subject.reduction, reason=limit.reason, details=why)


def _decided(job: Job, nodes: tuple[Hashable, ...], prover: str, watch: Watch) -> Result:
    known = partial(
        Result,
        problem=job.problem,
        instance=job.instance,
        reduction=job.reduction,
        read=str(job.parsed),
        remarks=tuple(job.parsed.remarks),
        nodes=nodes,
    )
    found = jobs.certified(job, jobs.racing(prover, watch))
    if isinstance(found, Unknown):
        return known("UNKNOWN", reason=found.reason, details=found.details)
    witness, image = (e.witness if isinstance(e, Yes) else None for e in (found.evidence[0], found.evidence[-1]))
    network = image if isinstance(image, Network) else None
    if network is not None and found.target is not None:
        from relucert.verify.problems.training import whole

        network = whole(found.target, network)
    return known(
        found.answer,
        witness=witness,
        network=network,
        certificate=found.certificate,
        seconds=found.seconds,
    )


# ------------------------------------------------------------------------------------------------------- the question


def _subject(what: Any, given: Mapping[str, Any]) -> Subject:
    if isinstance(what, str):
        return jobs.by_name(what, given)
    if isinstance(what, Problem):
        return jobs.of_problem(what, given)
    if isinstance(what, Reduction):
        return jobs.of_reduction(what, given)
    if isinstance(what, type) and issubclass(what, Reduction):
        return jobs.made_by(lambda own: what(**own), given)
    raise InvalidInstance(f"{shorten(what)} is neither a reduction, nor a problem, nor the name of one")


def _parsed(problem: AnyProblem, source: Any) -> tuple[Parsed[Any], tuple[Hashable, ...]]:
    """What an object holds; and the nodes of a graph in the order of their numbers."""
    networkx = sys.modules.get("networkx")  # who has a graph of networkx has imported it
    if networkx is not None and isinstance(source, networkx.Graph):
        if source.is_directed():
            raise InvalidInstance("the graph is directed: give an undirected one")
        nodes = tuple(source.nodes)
        number = {node: v for v, node in enumerate(nodes)}
        data = {"vertices": len(nodes), "edges": [[number[u], number[v]] for u, v in source.edges()]}
        return problem.parse(dumps(data), ".json")._replace(format="networkx"), nodes
    if isinstance(source, Mapping):
        try:
            text = dumps(source)
        except TypeError as reason:  # of a value that JSON has not
            raise InvalidInstance(str(reason)) from None
        loads(text)  # no float passes for a decimal
        return problem.parse(text, ".json")._replace(format="a dictionary"), ()
    if not _is_instance(problem, source):
        kinds = "the path of a file, a graph of networkx, a dictionary or an instance"
        raise InvalidInstance(f"{problem.name} is read from {kinds}, not from {shorten(source)}")
    stated = {name: getattr(source, name) for name in problem.parameters}
    measures = {name: value for name, value in problem.size(source).measures.items() if name not in stated}
    return Parsed("an instance", named(measures), lambda **_: source, stated), ()


def _is_instance(problem: AnyProblem, source: Any) -> bool:
    try:
        return is_dataclass(source) and problem.instance_from_json(problem.instance_to_json(source)) == source
    except (AttributeError, TypeError, InvalidInstance):
        return False


def _training_set(
    X: Iterable[Iterable[Any]], y: Iterable[Any], weights: Iterable[Any] | None, number: Number
) -> Parsed[TrainingInstance]:
    rows, labels = list(_plain(X, "X")), list(_plain(y, "y"))
    counts = [1] * len(rows) if weights is None else list(_plain(weights, "weights"))
    for name, column in (("y", labels), ("weights", counts)):
        if len(column) != len(rows):
            raise InvalidInstance(f"X has {counted(len(rows), 'point')}, {name} has {len(column)} entries")
    samples, dimension = [], None
    for i, (row, label, count) in enumerate(zip(rows, labels, counts, strict=True)):
        x = [number(v, f"X[{i}][{t}]") for t, v in enumerate(_plain(row, f"X[{i}]"))]
        dimension = len(x) if dimension is None else dimension
        if len(x) != dimension:
            raise InvalidInstance(f"X[{i}] has {len(x)} entries, X[0] has {dimension}")
        multiplicity = number(count, f"weights[{i}]")
        if not (isinstance(multiplicity, int) and multiplicity >= 1):
            raise InvalidInstance(f"weights[{i}]: {shorten(count)} is not a positive integer")
        samples.append(sample(x, number(label, f"y[{i}]"), multiplicity))
    content = f"{counted(len(samples), 'sample')} in {counted(dimension or 0, 'dimension')}"
    return Parsed("Python", content, partial(TrainingInstance, dimension or 0, samples=tuple(samples)))


def _plain(values: Any, place: str) -> Iterable[Any]:
    """The entries of a list, of an array of numpy or of a table of pandas."""
    values = values.to_numpy() if hasattr(values, "to_numpy") else values
    values = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise InvalidInstance(f"{place}: {shorten(values)} is no list of numbers (a point in one dimension is [x])")
    return values


def _parameter(name: str, value: Any) -> Any:
    """A parameter as a value or as the text after -p on the command line; numbers may be numpy's."""
    value = _scalar(value)
    if value is None or isinstance(value, bool | str):
        return value
    return tuple(_number(v, name) for v in value) if isinstance(value, tuple | list) else _number(value, name)


def _number(value: Any, place: str, exact_floats: bool = False) -> Rational:
    """An exact number. Raises InvalidInstance that names the place."""
    value = _scalar(value)
    if isinstance(value, str | Decimal):
        try:
            return parse_rational(str(value))
        except InvalidInstance as problem:
            raise InvalidInstance(f"{place}: {problem}") from None
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InvalidInstance(f"{place}: {shorten(value)} is not a number")
    if not isinstance(value, numbers.Rational):
        if not exact_floats:
            raise InvalidInstance(
                f"{place}: {value!r} is a float, perhaps not the number that was meant (0.1 is not 1/10 in binary): "
                f"give {str(value)!r} for the decimal, or exact_floats=True for the binary fraction"
            )
        try:
            numerator, denominator = value.as_integer_ratio()  # type: ignore[attr-defined]
        except (OverflowError, ValueError):
            raise InvalidInstance(f"{place}: {value!r} is not finite") from None
    else:
        numerator, denominator = value.numerator, value.denominator
    result = simplified(Fraction(int(numerator), int(denominator)))
    rational_to_json(result)  # it is not too long
    return result


def _scalar(value: Any) -> Any:
    """A number of numpy as one of Python's."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def _keyword(_problem: AnyProblem, name: str, _value: Any) -> str:
    return f"{name}=…"
