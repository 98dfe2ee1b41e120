"""Small true certificates of every claim kind, problem, reduction, class of networks and loss: what mutants start from.

They are made by `verify` when they are asked for, a family at a time, so they always have the present format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache, partial
from itertools import product
from typing import Any

from files import CORPUS, closed, lines_of, read_lines, verdict_of

from relucert.certificates.checker import FORMAT
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.properties import property_from_json
from relucert.certificates.writer import (
    Fails,
    No,
    Side,
    Yes,
    agreement,
    bounds,
    decision,
    disagreement,
    equivalence,
    lemma,
    minimum,
)
from relucert.reductions import PROBLEMS, reduction
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS, TRAINING, TrainingInstance
from relucert.verify import optimum
from relucert.verify.certify import Certified, certify_promise, decide_both
from relucert.verify.decide import decide
from relucert.verify.enclose import Enclosed, enclose, prove_fact
from relucert.verify.jobs import by_name
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline
from relucert.verify.sweeps.run import listed, planned
from relucert.verify.sweeps.worker import Task, worked

Lines = list[Any]  # of a certificate, without the closing record

K3 = [[0, 1], [0, 2], [1, 2]]
CROWN = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
PATH, PAW = [[0, 1], [1, 2], [2, 3]], [*K3, [2, 3]]
SATISFIED = {"variables": 3, "clauses": [[1, -2, 3], [-1, 2], [-3]]}
CONTRADICTION = {"variables": 1, "clauses": [[1], [-1]]}
ALL_PAIRS = {"variables": 2, "clauses": [[1, 2], [1, -2], [-1, 2], [-1, -2]]}


def group(label: int, *clauses: list[int]) -> dict[str, Any]:
    return {"label": label, "clauses": [*clauses]}


def patches(label: int, *rows: list[Any]) -> dict[str, Any]:
    """A sample of a sign-CNN."""
    return {"label": label, "patches": [*rows]}


def point(label: int, *coordinates: Any) -> dict[str, Any]:
    return {"label": label, "point": [*coordinates]}


LONG_CLAUSE = {"variables": 4, "clauses": [[1, -2, 3, -4], [-1], [2], [4]]}
INSTANCES: dict[str, list[Any]] = {  # YES and NO of each problem
    "hypergraph-coloring": [
        {"vertices": 5, "edges": [[0, 1], [0, 4], [1, 2], [2, 3], [3, 4]], "colors": 3},
        {"vertices": 4, "edges": [[0, 1, 2], [0, 3], [1, 2, 3]], "colors": 2},
        {"vertices": 3, "edges": K3, "colors": 2},
        {"vertices": 4, "edges": [[0, 1], [0, 2], [1, 2], [1, 2, 3]], "colors": 2, "violations": 1},
        {"vertices": 4, "edges": CROWN, "colors": 2, "violations": 1},
        {"vertices": 4, "edges": CROWN, "colors": 3},
    ],
    "set-cover": [
        {"universe": 3, "sets": [[0, 1], [1, 2], [0]], "budget": 2},
        {"universe": 4, "sets": [[0, 1], [1, 2], [2, 3]], "budget": 1},
        {"universe": 2, "sets": [[0]], "budget": 3},
    ],
    "monotone-circuit": [
        {"inputs": 3, "gates": [["or", [0, 1]], ["and", [2, 3]]], "output": 4, "budget": 2},
        {"inputs": 3, "gates": [["or", [0, 1]], ["and", [2, 3]]], "output": 4, "budget": 1},
        {"inputs": 2, "gates": [["and", [0, 1]]], "output": 2, "budget": 1},
    ],
    "densest-subgraph": [
        {"vertices": 4, "edges": PAW, "kappa": 3, "edges_wanted": 3},
        {"vertices": 3, "edges": [[0, 1], [1, 2]], "kappa": 2, "edges_wanted": 2},
        {"vertices": 2, "edges": [[0, 1]], "kappa": 1, "edges_wanted": 1},
    ],
    "one-in-three": [
        {"variables": 4, "clauses": [[0, 1, 2], [1, 2, 3]]},
        {"variables": 4, "clauses": [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]},
    ],
    "two-hyperplane-strip": [
        {"P": [[0], [1]], "Q": [[-1], ["3/2"]]},
        {"P": [[0, 0], [1, 0]], "Q": [[0, 1], [2, 2]]},
        {"P": [[0], [2]], "Q": [[1]]},
        {"P": [[0], ["1/2"]], "Q": [["1/3"], [2]]},
    ],
    "two-hyperplane-separability": [
        {"P": [[0], [2]], "Q": [[1]]},
        {"P": [[0, 0], [1, 1]], "Q": [[0, 1], [1, 0]]},
        {"P": [[0], [2]], "Q": [[1], [3]]},
    ],
    "multicolored-clique": [
        {"colors": [0, 0, 1, 2], "edges": [[0, 2], [1, 2], [1, 3], [2, 3]]},
        {"colors": [0, 0, 1, 2], "edges": [[0, 2], [1, 2], [1, 3]]},
        {"colors": [0, 1], "edges": []},
    ],
    "sat": [LONG_CLAUSE, {**LONG_CLAUSE, "clauses": [*LONG_CLAUSE["clauses"], [-3]]}, ALL_PAIRS],
    "three-sat": [SATISFIED, CONTRADICTION, ALL_PAIRS],
    "sat-groups": [
        {"variables": 2, "groups": [group(0, [1, 2]), group(1, [1, -2], [2])]},
        {"variables": 2, "groups": [group(0, [1, 2]), group(1, [1, -2]), group(1, [-1, 2])]},
        {"variables": 1, "groups": [group(0, [1]), group(1, [1])]},
    ],
    "sign-cnn": [
        {"weights": 2, "samples": [patches(0, [1, 1], [0, 0]), patches(1, ["1/2", "-1/3"], [2, 1])]},
        {"weights": 2, "samples": [patches(0, [1, 1], [-1, -1]), patches(1, [1, -1], [0, "1/2"])]},
        {
            "weights": 2,
            "samples": [patches(0, [1, -1]), patches(0, [-1, 1]), patches(1, [1, "-1/2"]), patches(1, [-1, 0])],
        },
    ],
    "random-network-fit": [
        {"blocks": [[[1, 2], [0, 1]], [["1/2", 0], [1, -1]]], "factor": None, "samples": [point(1, 1, 0, 2, 1)]},
        {"blocks": [[[2]], [[-1]]], "factor": [[1, "1/3"], [0, 1]], "samples": [point(1, 1, 1), point(0, -2, 1)]},
        {"blocks": [[[1, 2], [0, 1]]], "factor": None, "samples": [point(0, 1, 0), point(0, -1, 0)]},
        {"blocks": [[[2]], [[-1]]], "factor": [[1, "1/3"], [0, 1]], "samples": [point(0, 1, 1), point(0, -1, -1)]},
    ],
    "random-cnn-fit": [
        {"matrix": [[1, 1], [0, 2]], "samples": [patches(1, [1, 0], [0, 0]), patches(0, [0, -1], [-1, 0])]},
        {"matrix": [["1/2", 0], [0, -3]], "samples": [patches(1, [2, 0]), patches(0, [0, 1])]},
        {"matrix": [[1, 1], [0, 2]], "samples": [patches(0, [0, 1]), patches(0, [0, -1])]},
    ],
    "vertex-cover": [
        {"vertices": 4, "edges": PAW, "budget": 2},
        {"vertices": 3, "edges": K3, "budget": 1},
        {"vertices": 4, "edges": [[0, 1], [2, 3]], "budget": 1},
    ],
    "clique": [
        {"vertices": 4, "edges": PAW, "size": 3},
        {"vertices": 4, "edges": PATH, "size": 3},
        {"vertices": 2, "edges": [[0, 1]], "size": 3},
    ],
    "max-cut": [
        {"vertices": 4, "edges": PATH, "cut_wanted": 3},
        {"vertices": 3, "edges": K3, "cut_wanted": 2},
        {"vertices": 3, "edges": K3, "cut_wanted": 3},
        {"vertices": 2, "edges": [[0, 1]], "cut_wanted": 2},
    ],
    "independent-set": [
        {"vertices": 4, "edges": PATH, "size": 2},
        {"vertices": 4, "edges": PATH, "size": 3},
        {"vertices": 3, "edges": K3, "size": 2},
    ],
}


def training(activation: str, output: str, loss: str, samples: Iterable[Any], **fields: Any) -> TrainingInstance:
    """Networks of one neuron on a line, without biases, unless said otherwise; a sample is x, y, multiplicity."""
    shown = [[[0] if x else [], [x] if x else [], y, m] for x, y, m in samples]
    given = {"activation": activation, "output": output, "loss": loss, "samples": shown, **fields}
    usual = {"bias": False, "clip": None, "dimension": 1, "neurons": 1, "norm_bound": None, "threshold": 0}
    if activation == "leaky-relu":
        usual["alpha"] = "1/3"
    return TRAINING.instance_from_json({**usual, **given})


def networks_that_fit(activation: str, output: str) -> Iterator[Lines]:
    """Witnesses that we know: a step or a ramp to the right; with a clip; and a neuron next to one that is off."""
    a = {"ones": 1, "signs": -1, "real": "-1/2"}[output]
    y = {"ones": 2, "signs": -2, "real": -1}[output] if activation != "threshold" else a  # at x = 1, with the weight 2
    left: int | str = 0  # at x = −1
    if activation == "leaky-relu":
        left = {"ones": "-2/3", "signs": "2/3", "real": "1/3"}[output]
    for loss in LOSSES:
        theta = 0 if loss == "exact" else 1
        missed = [(0, 1, 1)] if theta else []  # costs all that is allowed
        one = partial(training, activation, output, loss, threshold=theta)
        yield accepted(one([(-1, left, 1), (1, y, 2), *missed]), [[2]], [0], [a])
        if output != "ones":
            yield accepted(one([(-1, 0, 2), (1, "-1/4", 1), *missed], clip=["-1/4", 0]), [[2]], [0], [a])
        two = one([(-1, 1, 1)], neurons=2, bias=True, norm_bound="3/2")
        yield accepted(two, [["1/2"], [0]], ["3/2", 0], [1, a])


def accepted(instance: TrainingInstance, weights: Any, biases: Any, output: Any) -> Lines:
    network = TRAINING.witness_from_json({"weights": weights, "biases": biases, "output": output})
    return list(decision(TRAINING, instance, Yes(network)))


BENT = [(1, 1, 1), (2, 3, 1)]  # no line through 0
TOO_LITTLE = {"exact": 0, "l0": "1/2", "l1": "1/4", "l2": "1/10", "linf": "1/4"}


def nothing_fits(activation: str, output: str) -> Iterator[Lines]:
    for loss, theta in TOO_LITTLE.items():
        for neurons in (1, 2):
            samples = BENT if activation != "threshold" or neurons == 1 else [(1, 1, 2), (2, 5, 1)]
            yield decided(training(activation, output, loss, samples, threshold=theta, neurons=neurons))
        if activation == "threshold" or output != "real":
            yield decided(training(activation, output, loss, [(1, 1, 1), (0, 2, 3)], threshold=theta, norm_bound="1/2"))
        yield decided(training(activation, output, loss, [(1, 1, 1), (2, "1/4", 3)], threshold=theta, clip=["1/3", 2]))
    yield decided(training(activation, output, "exact", [(0, 1, 1), (1, 0, 1), (2, 1, 1)], bias=True))


def least_losses(activation: str, output: str) -> Iterator[Lines]:
    for loss in LOSSES[1:]:
        for samples, fields in ((BENT, {}), ([(1, 1, 1), (1, 2, 2), (-1, 1, 1)], {"bias": activation != "threshold"})):
            found = optimum.minimum(training(activation, output, loss, samples, **fields), prover(), no_hurry())
            assert isinstance(found, optimum.Minimum), found
            yield list(minimum(TRAINING, found.instance, found.reached, found.below))


def least_losses_between(activation: str, output: str) -> Iterator[Lines]:
    """Bounds that differ by half of the upper one, or that meet, as numbers of misses do; and a lower one of 0."""
    for loss in LOSSES[1:]:
        instance = training(activation, output, loss, BENT)
        found = optimum.minimum(instance, prover(), no_hurry(), Fraction(1, 2))
        assert isinstance(found, optimum.Bounds | optimum.Minimum), found
        lower = found.value if isinstance(found, optimum.Minimum) else found.lower
        yield list(bounds(found.instance, found.reached, lower, found.below))
    yield list(bounds(found.instance, found.reached, 0, No(())))
    fit = optimum.minimum(training(activation, output, "l1", [(1, 1, 1)]), prover(), no_hurry())
    assert isinstance(fit, optimum.Minimum), fit
    yield list(bounds(fit.instance, fit.reached, 0, No(())))


def bound(limit: int, *terms: list[int], strictly: bool = False) -> Any:
    return {"lt" if strictly else "le": list(terms), "bound": limit}


def lemmas(activation: str, output: str) -> Iterator[Lines]:
    """Of one neuron, and of two where the property does not change if they are exchanged."""
    label = 2 if activation != "threshold" else 1
    leaks = activation == "leaky-relu"  # then −σ(z) may be positive too, and w is not 0 but of either sign
    signs = (-1, 1) if leaks else (-1,)
    positive = [[[bound(0, [0, s], strictly=True)] for s in signs]]
    for loss, theta in {"exact": 0, "l0": 1, "l1": "1/2", "l2": "1/4", "linf": "1/2"}.items():
        multiplicity = 2 if loss == "l0" else 1
        claimed = [[[bound(5 if loss != "l2" else 6, [0, 2])]]] if activation != "threshold" else positive
        yield holds(training(activation, output, loss, [(1, label, multiplicity)], threshold=theta), claimed)
    sharp = [[[bound(2, [0, 1])]]] if activation != "threshold" else positive
    yield holds(training(activation, output, "exact", [(1, label, 1)]), sharp)
    yield holds(training(activation, output, "exact", [(1, 1, 1)], clip=[0, 1]), positive)
    both = training(activation, output, "exact", [(1, label, 1)], neurons=2)
    yield holds(both, [[[bound(0, [j, s], strictly=True)] for j in (0, 1) for s in signs]])
    biased = training(activation, output, "exact", [(1, label, 1), (2, label, 1), (-1, 0, 1)], bias=True)
    yield holds(biased, [[[bound(0, [0, -1], strictly=True), bound(0, [0, -1], [1, -1], strictly=True)]]])


# Sources of each reduction, YES and NO, as small as they can be. The NO of one-in-three has targets that are too large.
EDGE, TRIANGLE = ({"vertices": n, "edges": edges, "colors": 2} for n, edges in ((2, [[0, 1]]), (3, K3)))
SOURCES: dict[str, list[tuple[dict[str, Any], Any]]] = {
    "coloring-to-relu-sum": [({}, EDGE), ({}, TRIANGLE)],
    "coloring-to-leaky-relu-sum": [({}, EDGE), ({}, TRIANGLE), ({"alpha": "2/3"}, TRIANGLE), ({"alpha": 0}, EDGE)],
    "coloring-to-relu-network": [({}, EDGE), ({}, TRIANGLE)],
    "coloring-to-bounded-relu": [({}, EDGE), ({}, TRIANGLE), ({"violated": 1}, TRIANGLE)],
    "set-cover-to-relu": [({}, i) for i in INSTANCES["set-cover"]],
    "max-cut-to-leaky-relu": [
        ({"alpha": "1/2"}, {"vertices": 3, "edges": K3, "cut_wanted": 2}),
        ({}, {"vertices": 2, "edges": [[0, 1]], "cut_wanted": 1}),
        ({"alpha": "1/2"}, {"vertices": 1, "edges": [], "cut_wanted": 1}),
    ],
    "circuit-to-relu": [({}, i) for i in (INSTANCES["monotone-circuit"][0], INSTANCES["monotone-circuit"][2])],
    "circuit-to-double-wells": [({}, i) for i in (INSTANCES["monotone-circuit"][0], INSTANCES["monotone-circuit"][2])],
    "densest-subgraph-to-bounded-relu": [
        ({}, {"vertices": 2, "edges": [[0, 1]], "kappa": 2, "edges_wanted": 1}),
        ({}, {"vertices": 1, "edges": [], "kappa": 1, "edges_wanted": 1}),
    ],
    "one-in-three-to-plane": [(given, {"variables": 3, "clauses": [[0, 1, 2]]}) for given in ({}, {"alpha": "1/3"})],
    "one-in-three-to-thresholds": [({}, {"variables": 3, "clauses": [[0, 1, 2]]})],
    "separability-to-relu": [
        *[({}, i) for i in INSTANCES["two-hyperplane-strip"][:3]],
        ({"alpha": "1/2"}, INSTANCES["two-hyperplane-strip"][0]),
    ],
    "separability-to-thresholds": [({}, i) for i in INSTANCES["two-hyperplane-strip"]],
    "clique-to-strip": [({}, {"colors": [0, 1], "edges": [[0, 1]]}), ({}, {"colors": [0, 1], "edges": []})],
    "clique-to-separability": [({}, {"colors": [0, 1], "edges": [[0, 1]]}), ({}, {"colors": [0, 1], "edges": []})],
    "clique-to-threshold": [
        ({}, {"colors": [0, 1], "edges": [[0, 1]]}),
        ({}, INSTANCES["multicolored-clique"][2]),
        ({"neurons": 2}, {"colors": [0], "edges": []}),
    ],
    "sat-to-three-sat": [({}, i) for i in INSTANCES["sat"]],
    "three-sat-to-one-in-three": [({}, i) for i in (SATISFIED, CONTRADICTION)],
    "three-sat-to-vertex-cover": [({}, i) for i in (SATISFIED, CONTRADICTION)],
    "vertex-cover-to-set-cover": [({}, i) for i in INSTANCES["vertex-cover"]],
    "vertex-cover-to-independent-set": [({}, i) for i in INSTANCES["vertex-cover"]],
    "independent-set-to-vertex-cover": [({}, i) for i in INSTANCES["independent-set"]],
    "independent-set-to-clique": [({}, i) for i in INSTANCES["independent-set"]],
    "clique-to-independent-set": [({}, i) for i in INSTANCES["clique"]],
    "sat-groups-to-sign-cnn": [
        *[({}, i) for i in INSTANCES["sat-groups"]],
        ({"pinned": False}, INSTANCES["sat-groups"][0]),
        ({"pinned": False}, INSTANCES["sat-groups"][2]),
    ],
    "sign-cnn-to-random-network": [
        ({}, INSTANCES["sign-cnn"][0]),
        ({"law": "signs", "seed": 5}, INSTANCES["sign-cnn"][1]),
        ({"law": "sphere", "scale": "1/2"}, INSTANCES["sign-cnn"][2]),
        ({"factor": [[1, 0], ["1/2", -1]]}, INSTANCES["sign-cnn"][2]),
    ],
    "sign-cnn-to-random-cnn": [
        ({"law": "uniform"}, INSTANCES["sign-cnn"][0]),
        ({"factor": [[1, 1], [0, 2]]}, INSTANCES["sign-cnn"][1]),
        ({"law": "sphere"}, {"weights": 1, "samples": [patches(0, [1]), patches(0, [-1])]}),
    ],
    "vertex-cover-to-set-cover/set-cover-to-relu": [({}, i) for i in INSTANCES["vertex-cover"]],
}
OF_TRAINING = {
    "relu-sum-to-relu-network": [{}],
    "pad-dimension": [{"extra": 1}, {"extra": 2}],
    "lift-target-error": [{"gamma": "1/2"}, *({"target_loss": loss} for loss in ("l0", "l1", "linf"))],
}
for _name, _given in OF_TRAINING.items():
    _fitted = training("relu", "ones", "exact", [(1, 2, 1), (-1, 1, 1)], neurons=2)
    _missed = training("relu", "ones", "exact", BENT)
    SOURCES[_name] = [(given, TRAINING.instance_to_json(i)) for given in _given for i in (_fitted, _missed)]


def no_hurry() -> Deadline:
    return Deadline(3600)


def prover() -> Any:
    return provers_for(TRAINING, "lp")[0]


def search(problem: Problem[Any, Any], instance: Any) -> Any:
    """Yes or No; linear programs are good at losses, Z3 at the rest."""
    choice = "lp" if getattr(instance, "loss", "exact") != "exact" else "z3"
    return decide(problem, instance, provers_for(problem, choice)[0], no_hurry())


def decided(instance: Any, problem: Problem[Any, Any] = TRAINING) -> Lines:
    return list(decision(problem, instance, search(problem, instance)))


def holds(instance: TrainingInstance, claimed: Any) -> Lines:
    read = property_from_json(claimed, ENCODINGS[TRAINING.name].property_variables(instance))
    return list(lemma(instance, read, decide(TRAINING, instance, prover(), no_hurry(), claimed=read)))


def instances_of(problem: str) -> Iterator[Lines]:
    for instance in INSTANCES[problem]:
        yield decided(PROBLEMS[problem].instance_from_json(instance), PROBLEMS[problem])


def of_reduction(name: str) -> Iterator[Lines]:
    for parameters, shown in SOURCES[name]:
        r = reduction(name, parameters)
        source = r.source.instance_from_json(shown)
        sides = decide_both(r, source, r.reduce(source), search)
        assert isinstance(sides, tuple), sides
        yield list(equivalence(r, source, *sides))


# Sources of reductions that keep a gap, YES and NO.
PROMISES: list[tuple[str, dict[str, Any], Any]] = [
    ("coloring-to-bounded-relu", {"violated": 2}, EDGE),
    ("coloring-to-bounded-relu", {"violated": 2}, {"vertices": 4, "edges": CROWN, "colors": 2}),
    (
        "densest-subgraph-to-bounded-relu",
        {"factor": 2},
        {"vertices": 2, "edges": [[0, 1]], "kappa": 2, "edges_wanted": 1},
    ),
    ("densest-subgraph-to-bounded-relu", {"factor": 2}, {"vertices": 1, "edges": [], "kappa": 1, "edges_wanted": 2}),
    (
        "densest-subgraph-to-bounded-relu",
        {"factor": "3/2"},
        {"vertices": 1, "edges": [], "kappa": 1, "edges_wanted": 2},
    ),
    ("coloring-to-relu-sum", {}, TRIANGLE),
]


def promises() -> Iterator[Lines]:
    for name, parameters, shown in PROMISES:
        r = reduction(name, parameters)
        found = certify_promise(r, r.source.instance_from_json(shown), search)
        assert isinstance(found, Certified), found
        yield [loads(line) for line in found.certificate.decode().splitlines()[:-1]]


def sides_of(problem: str) -> tuple[Side, Side, Side]:
    """A YES, a NO, and what solves nothing; of training, a network with a wrong weight."""
    if problem == TRAINING.name:
        yes, no = training("relu", "ones", "exact", [(1, 2, 1)]), training("relu", "ones", "exact", BENT)
        failing: Any = {"weights": [[1]], "biases": [0], "output": [1]}
    else:
        yes, no = (PROBLEMS[problem].instance_from_json(INSTANCES[problem][i]) for i in (0, -1))
        failing = [3] if problem == "three-sat" else []
    both = [Side(PROBLEMS[problem], i, search(PROBLEMS[problem], i)) for i in (yes, no)]
    assert [side.answer for side in both] == ["YES", "NO"]
    return both[0], both[1], Side(PROBLEMS[problem], yes, Fails(failing))


def of_two(kind: str) -> Iterator[Lines]:
    """Each problem with the next one."""
    every = [*map(sides_of, PROBLEMS)]
    for (yes, no, fails), (other_yes, other_no, other_fails) in zip(every, [*every[1:], every[0]], strict=True):
        if kind == "agreement":
            yield from (list(agreement(*pair, "a remark")) for pair in ((yes, other_yes), (no, other_no)))
        else:
            pairs = ((yes, other_no), (no, other_yes), (yes, other_fails), (fails, other_yes))
            yield from (list(disagreement(*pair, "a remark")) for pair in pairs)


SWEEPS: list[tuple[str, dict[str, Any], str, int]] = [
    ("vertex-cover-to-independent-set", {"budget": 1}, "graphs", 3),
    ("vertex-cover-to-set-cover", {"budget": 0}, "graphs", 2),
    ("clique-to-independent-set", {"size": 2}, "graphs", 3),
    ("independent-set-to-clique", {"size": 2}, "graphs", 3),
    ("max-cut-to-leaky-relu", {"cut_wanted": 1}, "graphs", 2),
    ("densest-subgraph-to-bounded-relu", {"kappa": 2, "edges_wanted": 1}, "graphs", 2),
    ("coloring-to-relu-sum", {"colors": 2}, "hypergraphs", 2),
    ("set-cover-to-relu", {"budget": 1}, "set-systems", 2),
    ("one-in-three-to-plane", {}, "triples", 2),
    ("sat-to-three-sat", {}, "formulas", 2),
    ("three-sat-to-vertex-cover", {}, "formulas", 1),
    ("clique-to-strip", {}, "coloured-graphs", 2),
    ("separability-to-relu", {}, "points-on-a-line", 1),
    ("separability-to-thresholds", {}, "points-in-a-square", 2),
]


def sweeps() -> Iterator[Lines]:
    for name, given, family, upto in SWEEPS:
        yield sweep_of(name, given, family, upto)


def sweep_of(name: str, given: dict[str, Any], family: str, upto: int) -> Lines:
    """What `relucert sweep` certifies, as one certificate."""
    subject = by_name(name, given)
    plan = planned(subject, family, upto)
    members: Lines = []
    answers = {"NO": 0, "YES": 0}
    for one in listed(subject, plan):
        row, certificate = worked(subject, Task(one.number, one.size, one.instance, one.canonical, 3600))
        assert certificate, row
        claim, *evidence = read_lines(certificate)
        answers[claim["answer"]] += 1
        members += [{key: claim[key] for key in ("answer", "source", "target_sha256")}, *evidence]
    claim = {"claim": "sweep", "format": FORMAT, "problem": plan.problem, "family": family, "upto": upto,
             "given": dict(plan.given), "reduction": name, "parameters": dict(plan.parameters),
             "answers": answers}  # fmt: skip
    return [claim, *members]


def of_corpus() -> Iterator[Lines]:
    """The accepted files of the corpus, which use every rule and every option by hand."""
    for path in sorted((CORPUS / "accept").glob("*.jsonl")):
        if path.stat().st_size < 3000:
            yield lines_of(path)


def _families() -> Iterator[tuple[str, Callable[[], Iterator[Lines]]]]:
    for problem in INSTANCES:
        yield problem, partial(instances_of, problem)
    for activation, output in product(ACTIVATIONS, OUTPUTS):
        networks = f"{activation}-{output}"
        yield f"accepts-{networks}", partial(networks_that_fit, activation, output)
        yield f"rejects-{networks}", partial(nothing_fits, activation, output)
        yield f"minimum-{networks}", partial(least_losses, activation, output)
        yield f"bounds-{networks}", partial(least_losses_between, activation, output)
        if networks not in ("relu-real", "leaky-relu-real"):  # about these no lemma can be proved
            yield f"lemma-{networks}", partial(lemmas, activation, output)
    for name in SOURCES:
        yield name, partial(of_reduction, name)
    yield "promise", promises
    for kind in ("agreement", "disagreement"):
        yield kind, partial(of_two, kind)
    yield "sweep", sweeps
    yield "corpus", of_corpus
    yield "numbers", of_numbers


def of_numbers() -> Iterator[Lines]:
    """Quantities with ends that are near, and facts."""
    for name, parameters, width in (
        ("parity-correlation", {"k": 2}, Fraction(1, 10**6)),
        ("parity-correlation", {"k": 6}, Fraction(1, 20)),
        ("parity-coefficient", {"k": 4}, Fraction(1, 10)),
        ("error-gap", {"k": 2, "eta": Fraction(1, 10)}, Fraction(1, 100)),
        ("first-term", {"k": 6}, Fraction(1, 1000)),
        ("growth-base", {"k": 6}, Fraction(1, 100)),
        ("growth-limit", {}, Fraction(1, 100)),
        ("irrelevant-minimum", {}, Fraction(1, 1000)),
        ("least-opt", {}, Fraction(1, 1000)),
    ):
        found = enclose(name, parameters, width)
        assert isinstance(found, Enclosed)
        yield read_lines(found.certified.certificate)
    yield read_lines(prove_fact("hermite-addition", {"k": 2, "n": 3}).certificate)
    padding = {"law": "power", "exponent": Fraction(2, 5), "realizable": False, "gap": Fraction(1, 4), "dimension": 3}
    yield read_lines(prove_fact("padded-dimension", {**padding, "padded": 33}).certificate)  # 32^(−2/5) = 1/4
    padding = {"law": "log", "exponent": Fraction(3, 2), "realizable": True, "gap": Fraction(1, 3), "dimension": 4}
    yield read_lines(prove_fact("padded-dimension", {**padding, "padded": 5}).certificate)  # 2^(−3/2) > 1/3 > 3^(−3/2)


FAMILIES = dict(_families())


@cache
def family(name: str) -> tuple[Lines, ...]:
    """The certificates of a family, as JSON values; all are accepted."""
    found = tuple([loads(dumps(line)) for line in lines] for lines in FAMILIES[name]())
    for lines in found:
        verdict = verdict_of(closed(lines))
        assert verdict.verdict == "accepted", (lines[0], verdict)
        assert read_lines(closed(lines)) == lines
    return found
