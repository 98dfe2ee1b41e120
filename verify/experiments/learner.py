"""A learner makes a distinguisher: the first step of the proofs [DV20, Section 4; DLS14].

The sample has m ≥ 4p points. D is uniform on them; the learner gets p draws from D, and its predictor h is clipped to
[0, 1]. The answer is "realizable" iff the mean of (h(x) − y)² over all m points is at most 1/10. That mean is the
error under D itself, so of a realizable sample a learner that succeeds with probability 3/4 gives the right answer
with probability 3/4. In a scattered sample the labels of the m − p or more points that were not drawn are fair coins
independent of h: each term has expectation at least 1/4 and is in [0, 1]. The answer is wrong only if these sum up to
at most m/10 ≤ (2/15)(m − p), so by Hoeffding with probability at most exp(−2(m − p)(1/4 − 2/15)²) =
exp(−49(m − p)/1800): at most 1 % from m − p = 170 on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import exp, isfinite
from numbers import Real
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.parameters import Flag, Integer, Parameter
from relucert.verify.experiments.experiment import Asked, Experiment, Plan, Record, Row, Subject, positive
from relucert.verify.experiments.groups import ODD, SCATTERED, UNIFORM, Group, Sample, draw_sample, holds
from relucert.verify.experiments.intervals import clopper_pearson
from relucert.verify.experiments.judges import REALIZABLE, answer, solution, train

CHUNK = 10
Predictor = Callable[[Group], float]
Learner = Callable[[Sample, Coins], Predictor]  # the sample holds the p examples


def consistent(examples: Sample, coins: Coins) -> Predictor:
    """The labels of some ψ that fits the examples, or 1/2 if none does."""
    model = solution(examples)
    return (lambda group: 0.5) if model is None else (lambda group: 0 if holds(model, group) else 1)


def memory(examples: Sample, coins: Coins) -> Predictor:
    """What was seen; 1/2 elsewhere. It wins if m is not much larger than p."""
    seen = dict(zip(examples.groups, examples.labels, strict=True))
    return lambda group: seen.get(group, 0.5)


def network(examples: Sample, coins: Coins) -> Predictor:
    """A trained convolutional network."""
    predict = train(examples.n, examples.groups, examples.labels, coins)
    return lambda group: float(predict((group,))[0])


LEARNERS: dict[str, Learner] = {"consistent": consistent, "memory": memory, "network": network}


def distinguish(learner: Asked, sample: Sample, draws: int, coins: Coins) -> str:
    """The distinguisher that a learner makes. Raises InvalidInstance if what it returns is no predictor."""
    m = len(sample.groups)
    chosen = [coins.below(m) for _ in range(draws)]
    examples = Sample(sample.n, tuple(sample.groups[i] for i in chosen), tuple(sample.labels[i] for i in chosen))
    h = learner(examples, coins.fork("learner"))
    if not callable(h):
        raise InvalidInstance(f"{learner.name} returned {shorten(repr(h))}, not a predictor that can be called")
    predictor, error = Asked(learner.name, h), 0.0
    for group, label in zip(sample.groups, sample.labels, strict=True):
        value = predictor(group)
        if not isinstance(value, Real) or not isfinite(value):
            raise InvalidInstance(f"the predictor of {learner.name} returned {shorten(repr(value))}, not a number")
        error += (min(1.0, max(0.0, float(value))) - label) ** 2
    return answer(error <= m / 10)


class LearnerDistinguishes(Experiment):
    name = "learner"
    summary = "the distinguisher that a learner makes, with its promised probabilities and as measured"
    reference = "DV20, Section 4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "variables": Integer("the number of variables", 12),
        "width": Integer("the number K of literals of a clause", 3),
        "group_size": Integer("the number M of clauses of a group", 3),
        "groups": Integer("the number m of groups", 308),
        "draws": Integer("the number p of examples that the learner gets", 77),
        "trials": Integer("the number of samples of each kind", 20),
        "anyway": Flag("whether to run with fewer than 4p points too", False),
    }
    subjects: ClassVar[dict[str, Subject]] = dict(LEARNERS)

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, *(name for name in self.parameters if name != "anyway"))
        if p["width"] > p["variables"]:
            raise InvalidInstance("a clause has more literals than there are variables")
        m, draws = p["groups"], p["draws"]
        lines = [
            f"n = {p['variables']}, K = {p['width']}, M = {p['group_size']}; m = {m} points, p = {draws} draws; "
            f"{p['trials']} samples of each kind",
            "measured: how often each answers “realizable”",
        ]
        if m < 4 * draws:
            lines.append("promised: nothing, as m < 4p")
            refusal = (
                f"the sample must have at least 4p = {4 * draws} points, not {m}: memory may win (or say anyway=true)"
            )
            return Plan(lines, None if p["anyway"] else refusal)
        bound = exp(-49 * (m - draws) / 1800)
        lines += [
            "promised: realizable with probability ≥ 3/4 for a learner that succeeds with probability 3/4",
            "promised, for any learner: wrong about a scattered sample with probability "
            f"≤ exp(−49(m − p)/1800) ≈ {bound:.3g}",
        ]
        return Plan(lines)

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [
            f"{source} {first} {min(CHUNK, p['trials'] - first)}"
            for source in (SCATTERED, UNIFORM, ODD)
            for first in range(0, p["trials"], CHUNK)
        ]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        source, _, trials = batch.split()
        asked = [Asked(name, one) for name, one in ([subject] if subject else LEARNERS.items())]
        counts = {one.name: 0 for one in asked}
        for trial in range(int(trials)):
            own = coins.fork(trial)
            sample = draw_sample(p["variables"], p["width"], p["group_size"], p["groups"], source, own)
            for one in asked:
                counts[one.name] += distinguish(one, sample, p["draws"], own.fork(one.name)) == REALIZABLE
        return {"trials": int(trials), "realizable": counts}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        rows: dict[tuple[str, str], Row] = {}
        for batch, record in records.items():
            for name, count in record["realizable"].items():
                row = rows.setdefault((name, batch.split()[0]), {"trials": 0, "realizable": 0})
                row["trials"] += record["trials"]
                row["realizable"] += count
        table = []
        for (name, source), row in rows.items():
            low, high = clopper_pearson(row["realizable"], row["trials"])
            table.append({"learner": name, "samples": source} | row | {"low": float(low), "high": float(high)})
        return table
