"""The oracle against claims whose truth is known by hand: both answers for every kind, and the borders in between."""

import ast
import hashlib
import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import independent
import pytest
from independent import judge, judge_certificate

from relucert.reductions import reduction

NEURON = {"activation": "relu", "bias": False, "clip": None, "dimension": 1, "loss": "exact", "neurons": 1,
          "norm_bound": None, "output": "ones", "samples": [], "threshold": 0}  # fmt: skip
LEAKY = {"activation": "leaky-relu", "alpha": "1/3"}


def training(*samples, **fields):
    """One neuron on a line, unless said otherwise; a sample is x, y or x, y, multiplicity."""
    shown = [[[0] if x else [], [x] if x else [], y, *(more or [1])] for x, y, *more in samples]
    return {**NEURON, "samples": shown, **fields}


def claim(kind, instance, problem="training", **fields):
    return {"claim": kind, "problem": problem, "instance": instance, **fields}


def answers(claims):
    return [judge(c) for c in claims]


def test_it_shares_nothing_with_what_it_judges():
    tree = ast.parse(Path(independent.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    own = {m for m in modules if m.split(".")[0] == "relucert"}
    assert own == {"relucert.reductions", "relucert.reductions.exact"}  # `reduce` is part of what is claimed


# ------------------------------------------------------------------------------------------------- accepts and rejects

K3 = [[0, 1], [0, 2], [1, 2]]


def group(label, *clauses):
    return {"label": label, "clauses": [*clauses]}


def patches(label, *rows):
    """A sample of a sign-CNN."""
    return {"label": label, "patches": [*rows]}


def point(label, *coordinates):
    return {"label": label, "point": [*coordinates]}


YES_AND_NO = {
    "hypergraph-coloring": (
        [{"vertices": 3, "edges": K3, "colors": 3}, {"vertices": 4, "edges": [[0, 1, 2], [0, 3]], "colors": 2},
         {"vertices": 0, "edges": [], "colors": 2}, {"vertices": 10**9, "edges": [], "colors": 2},
         {"vertices": 3, "edges": K3, "colors": 2, "violations": 1}],
        [{"vertices": 3, "edges": K3, "colors": 2},
         {"vertices": 4, "edges": [[0, 1], [0, 2], [0, 3], [1, 2]], "colors": 2},
         {"vertices": 4, "edges": [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]], "colors": 2, "violations": 1}],
    ),
    "set-cover": (
        [{"universe": 3, "sets": [[0, 1], [1, 2]], "budget": 2}, {"universe": 0, "sets": [], "budget": 0}],
        [{"universe": 3, "sets": [[0, 1], [1, 2]], "budget": 1}, {"universe": 1, "sets": [[]], "budget": 5}],
    ),
    "monotone-circuit": (
        [{"inputs": 2, "gates": [["or", [0, 1]]], "output": 2, "budget": 1},
         {"inputs": 1, "gates": [], "output": 0, "budget": 1}],
        [{"inputs": 2, "gates": [["and", [0, 1]]], "output": 2, "budget": 1},
         {"inputs": 1, "gates": [], "output": 0, "budget": 0}],
    ),
    "densest-subgraph": (
        [{"vertices": 3, "edges": K3, "kappa": 2, "edges_wanted": 1},
         {"vertices": 1, "edges": [], "kappa": 1, "edges_wanted": 0}],
        [{"vertices": 3, "edges": K3, "kappa": 2, "edges_wanted": 2}],
    ),
    "one-in-three": (
        [{"variables": 3, "clauses": [[2, 0, 1]]}, {"variables": 0, "clauses": []}],
        [{"variables": 4, "clauses": [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]}],
    ),
    "two-hyperplane-strip": (
        [{"P": [[0]], "Q": [[-1], [1]]}, {"P": [[0], [2]], "Q": [["5/2"]]}],
        [{"P": [[0], [2]], "Q": [[1]]}, {"P": [[0], ["1/2"]], "Q": [["1/3"]]}],
    ),
    "two-hyperplane-separability": (
        [{"P": [[0]], "Q": [[-1], [1]]}, {"P": [[0], [2]], "Q": [[1]]}],
        [{"P": [[0], [2]], "Q": [[1], [3]]}, {"P": [[0], ["1/2"]], "Q": [["1/3"], [1]]}],
    ),
    "multicolored-clique": (
        [{"colors": [0, 0, 1], "edges": [[1, 2]]}, {"colors": [], "edges": []}],
        [{"colors": [0, 0, 1], "edges": []}, {"colors": [0, 1, 2], "edges": [[0, 1], [1, 2]]}],
    ),
    "sat": (
        [{"variables": 4, "clauses": [[1, -2, 3, -4], [-1], [2], [4]]}, {"variables": 0, "clauses": []},
         {"variables": 1, "clauses": [[1], [1]]}],
        [{"variables": 4, "clauses": [[1, -2, 3, -4], [-1], [2], [-3], [4]]}, {"variables": 0, "clauses": [[]]}],
    ),
    "three-sat": (
        [{"variables": 3, "clauses": [[1, -2, 3], [-1], [2]]}, {"variables": 0, "clauses": []}],
        [{"variables": 3, "clauses": [[1, -2, 3], [-1], [2], [-3]]}, {"variables": 1, "clauses": [[1], [-1]]},
         {"variables": 1, "clauses": [[]]}],
    ),
    "vertex-cover": (
        [{"vertices": 3, "edges": K3, "budget": 2}, {"vertices": 4, "edges": [[0, 3], [1, 3], [2, 3]], "budget": 1},
         {"vertices": 0, "edges": [], "budget": 0}, {"vertices": 2, "edges": [[0, 1]], "budget": 10**9}],
        [{"vertices": 3, "edges": K3, "budget": 1}, {"vertices": 2, "edges": [[0, 1]], "budget": 0}],
    ),
    "clique": (
        [{"vertices": 4, "edges": [*K3, [2, 3]], "size": 3}, {"vertices": 1, "edges": [], "size": 1},
         {"vertices": 0, "edges": [], "size": 0}],
        [{"vertices": 4, "edges": [*K3, [2, 3]], "size": 4}, {"vertices": 2, "edges": [], "size": 2},
         {"vertices": 3, "edges": K3, "size": 4}],
    ),
    "independent-set": (
        [{"vertices": 4, "edges": [[0, 1], [1, 2], [2, 3]], "size": 2}, {"vertices": 3, "edges": K3, "size": 1},
         {"vertices": 0, "edges": [], "size": 0}],
        [{"vertices": 4, "edges": [[0, 1], [1, 2], [2, 3]], "size": 3}, {"vertices": 3, "edges": K3, "size": 2},
         {"vertices": 2, "edges": [], "size": 3}],
    ),
    "max-cut": (
        [{"vertices": 3, "edges": K3, "cut_wanted": 2}, {"vertices": 1, "edges": [], "cut_wanted": 0},
         {"vertices": 4, "edges": [[0, 2], [0, 3], [1, 2], [1, 3]], "cut_wanted": 4}],
        [{"vertices": 3, "edges": K3, "cut_wanted": 3}, {"vertices": 1, "edges": [], "cut_wanted": 1},
         {"vertices": 4, "edges": [*K3, [2, 3]], "cut_wanted": 4}],
    ),
    "sat-groups": (
        [{"variables": 2, "groups": [group(0, [1, 2]), group(1, [1, -2], [2])]}, {"variables": 0, "groups": []},
         {"variables": 1, "groups": [group(1, [1], [-1])]}],
        [{"variables": 2, "groups": [group(0, [1, 2]), group(1, [1, -2]), group(1, [-1, 2])]},
         {"variables": 1, "groups": [group(0, [1], [-1])]}],
    ),
    "sign-cnn": (
        [{"weights": 3, "samples": [patches(0, [-1, -1, -1]), patches(1, [-1, 1, -1]), patches(1, [1, -1, -1])]},
         {"weights": 1, "samples": [patches(1, [5], [-3])]}, {"weights": 1, "samples": [patches(1, ["1/2"], ["1/2"])]},
         {"weights": 0, "samples": [patches(0), patches(0)]}],
        [{"weights": 1, "samples": [patches(1, ["1/2"], ["1/3"])]}, {"weights": 2, "samples": [patches(1)]},
         {"weights": 2, "samples": [patches(0, [1, 1]), patches(0, [-1, -1]), patches(1, [1, 1])]}],
    ),
    "random-network-fit": (  # neurons ±(1, 0) and ±(2, 1)
        [{"blocks": [[[1, 2], [0, 1]]], "factor": None, "samples": [point(1, 1, 0), point(0, -1, 0)]},
         {"blocks": [[[1, 2], [0, 1]]], "factor": None, "samples": [point(1, "-1/3", 0)]},
         {"blocks": [[[1]], [[1]]], "factor": [[0, 1], [2, 0]], "samples": [point(1, 1, 0), point(0, 0, 1)]},
         {"blocks": [[[0]]], "factor": None, "samples": [point(0, 1)]}, {"blocks": [], "factor": [], "samples": []}],
        [{"blocks": [[[1, 2], [0, 1]]], "factor": None, "samples": [point(1, "1/4", 0)]},
         {"blocks": [[[1, 2], [0, 1]]], "factor": None, "samples": [point(1, 0, -1), point(1, 1, 0)]},
         {"blocks": [[[1]], [[1]]], "factor": [[1, 1], [2, 2]], "samples": []},
         {"blocks": [], "factor": None, "samples": [point(1)]}],
    ),
    "random-cnn-fit": (  # filters ±(2, 2) and ±(0, 2)
        [{"matrix": [[1, 1], [0, 2]], "samples": [patches(1, [1, 0], [0, 0]), patches(0, [0, -1], [-1, 0])]},
         {"matrix": [[1, 1], [0, 2]], "samples": [patches(0, [1, 0], [0, -1])]}, {"matrix": [], "samples": []}],
        [{"matrix": [[1, 1], [0, 2]], "samples": [patches(0, [0, 1]), patches(0, [0, -1])]},
         {"matrix": [[1, 1], [1, 1]], "samples": []}, {"matrix": [], "samples": [patches(1)]}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("problem", YES_AND_NO)
def test_solvability(problem):
    yes, no = YES_AND_NO[problem]
    for instances, solvable in ((yes, "true"), (no, "false")):
        refutable = {"true": "false", "false": "true"}[solvable]
        assert answers(claim("accepts", i, problem) for i in instances) == [solvable] * len(instances)
        assert answers(claim("rejects", i, problem) for i in instances) == [refutable] * len(instances)


NO_INSTANCES = {
    "hypergraph-coloring": [{"vertices": 2, "edges": [[0, 2]], "colors": 2},
                            {"vertices": 2, "edges": [], "colors": 1},
                            {"vertices": 2, "edges": [], "colors": 2, "violations": 0},
                            {"vertices": 2, "edges": [[0]], "colors": 2},
                            {"vertices": 2, "edges": [[1, 0]], "colors": 2},
                            {"vertices": 3, "edges": [[0, 1], [0, 1]], "colors": 2},
                            {"vertices": True, "edges": [], "colors": 2}, {"vertices": 2, "edges": []}],
    "set-cover": [{"universe": 1, "sets": [[1]], "budget": 1}, {"universe": 1, "sets": [[0]], "budget": -1}],
    "monotone-circuit": [{"inputs": 1, "gates": [["or", [1]]], "output": 1, "budget": 1},
                         {"inputs": 1, "gates": [["nor", [0]]], "output": 1, "budget": 1},
                         {"inputs": 1, "gates": [["or", []]], "output": 1, "budget": 1}],
    "densest-subgraph": [{"vertices": 2, "edges": [], "kappa": 3, "edges_wanted": 0},
                         {"vertices": 2, "edges": [], "kappa": 0, "edges_wanted": 0}],
    "one-in-three": [{"variables": 3, "clauses": [[0, 0, 1]]}, {"variables": 2, "clauses": [[0, 1, 2]]}],
    "two-hyperplane-strip": [{"P": [[1]], "Q": [[2]]}, {"P": [[0]], "Q": [[0]]}, {"P": [[0]], "Q": [["2/4"]]},
                                    {"P": [[0]], "Q": [[1, 2]]}, {"P": [[0], [1], [1]], "Q": []}],
    "two-hyperplane-separability": [{"P": [[1]], "Q": [[2]]}, {"P": [[0]], "Q": [[0]]}],
    "multicolored-clique": [{"colors": [0, 2], "edges": []}, {"colors": [0, 0], "edges": [[0, 1]]}],
    "sat": [{"variables": 2, "clauses": [[2, 1]]}, {"variables": 2, "clauses": [[-1, 1]]},
            {"variables": 2, "clauses": [[0]]}, {"variables": 2, "clauses": [[-3]]},
            {"variables": 2, "clauses": [[True]]}, {"variables": -1, "clauses": []}],
    "three-sat": [{"variables": 4, "clauses": [[1, 2, 3, 4]]}, {"variables": 2, "clauses": [[1, 1]]}],
    "vertex-cover": [{"vertices": 2, "edges": [[0, 2]], "budget": 1}, {"vertices": 2, "edges": [], "budget": -1},
                     {"vertices": 3, "edges": [[0, 1], [0, 1]], "budget": 1}],
    "clique": [{"vertices": 3, "edges": [[0, 1, 2]], "size": 1}, {"vertices": 2, "edges": [], "size": -1}],
    "max-cut": [{"vertices": 0, "edges": [], "cut_wanted": 0}, {"vertices": 2, "edges": [[0, 1]], "cut_wanted": -1},
                {"vertices": 2, "edges": [[0, 1]], "size": 1}, {"vertices": 2, "edges": [[0, 2]], "cut_wanted": 0}],
    "independent-set": [{"vertices": 2, "edges": [[1, 0]], "size": 1}, {"vertices": 2, "edges": [], "budget": 1}],
    "training": [training((1, 1), threshold=1), training((1, 1), clip=[1, 1]), training((1, 1), neurons=0),
                 training((1, 1, 0)), training((1, 1), norm_bound=0),
                 training((1, 1), activation="sigmoid"), training((1, 1), activation="leaky-relu"),
                 training((1, 1), alpha="1/2"), training((1, 1), **LEAKY | {"alpha": 1}),
                 training((1, 0.5)), training((1, 1), bias=1), training((1, 1), loss="l1", threshold=-1)],
}  # fmt: skip


@pytest.mark.parametrize("problem", NO_INSTANCES)
def test_nothing_is_true_of_what_is_no_instance(problem):
    for kind in ("accepts", "rejects"):
        assert set(answers(claim(kind, i, problem) for i in NO_INSTANCES[problem])) == {"false"}


V_SHAPE = [(-1, 1), (1, 1)]  # two neurons of ±1, or none
# Fields of the instance, samples it solves, samples it does not. One neuron on a line without bias, unless said.
FITS = [
    ({}, [(1, 2), (-1, 0), (0, 0)], [(1, -1)]),
    ({}, [], [(0, 1)]),
    ({}, [(1, 1), (2, 2)], [(1, 1), (2, 3)]),
    ({}, [("1/2", "1/3"), (1, "2/3")], [("1/2", "1/3"), (1, 1)]),
    ({"neurons": 2}, V_SHAPE, [(-1, 1), (1, -1)]),
    ({"output": "signs"}, [(1, -1)], V_SHAPE),
    ({"output": "signs", "neurons": 2}, [(-1, 1), (1, -1)], [(1, 1), (2, 3)]),
    ({"output": "real"}, [(1, -7)], V_SHAPE),
    ({"output": "real", "neurons": 2}, [(-1, "1/2"), (1, -1)], [(1, 1), (2, 3)]),
    ({"bias": True}, [(1, 1), (2, 3)], [(0, 1), (1, 0), (2, 1)]),
    ({"bias": True}, [(0, 1)], [(0, -1)]),
    ({"clip": [0, 1]}, [(1, 1), (2, 1)], [(1, 2)]),
    ({"clip": [0, 1]}, [(1, "1/2"), (2, 1), (3, 1)], [(1, 1), (2, "1/2")]),
    ({"clip": [1, 2]}, [(-1, 1), (0, 1)], [(0, 0)]),  # the constant 1, although the network is 0
    ({"norm_bound": 1}, [(1, 1)], [(1, "3/2")]),
    ({"norm_bound": "1/2", "bias": True}, [(1, 3), (2, "7/2")], [(1, 3), (2, 4)]),  # biases are not bounded
    ({"norm_bound": 1, "output": "real"}, [(1, "3/2")], V_SHAPE),  # nor are output weights
    ({"activation": "threshold"}, [(1, 1), (-1, 0), (0, 0)], [(1, 2)]),
    ({"activation": "threshold"}, [(1, 1), (2, 1)], [(0, 1)]),  # σ(0) = 0
    ({"activation": "threshold", "output": "signs"}, [(1, -1)], [(1, "1/2")]),
    ({"activation": "threshold", "output": "real"}, [(1, "1/2"), (2, "1/2")], [(1, 1), (2, 2)]),
    ({"activation": "threshold", "bias": True}, [(0, 1), (1, 0)], [(0, 1), (1, 0), (2, 1)]),
    ({"activation": "threshold", "output": "real", "clip": [0, 1]}, [(1, 1), (-1, 0)], [(1, 2)]),
    (LEAKY, [(1, 2), (-1, "-2/3")], [(1, 2), (-1, 0)]),
    (LEAKY | {"neurons": 2}, [(1, 0), (-1, "8/3")], [(1, -1), (-1, 1)]),  # the weights 1 and −3
    (LEAKY | {"output": "signs"}, [(1, "1/3"), (-1, -1)], [(1, 1), (-1, "-1/2")]),
    (LEAKY | {"output": "real", "alpha": 0}, [(1, -7), (-1, 0)], [(1, -7), (-1, 1)]),
    (LEAKY | {"bias": True}, [(0, -1), (3, 0), (6, 3)], [(0, 0), (1, 1), (2, 0)]),
    (LEAKY | {"clip": [0, 1]}, [(1, 1), (-1, 0)], [(1, 1), (-1, 1)]),
    ({"loss": "l0", "threshold": 2}, [(1, 1), (1, 2, 2)], [(1, 1, 3), (1, 2, 3)]),
    ({"loss": "l0", "threshold": "5/2"}, [(1, 1, 2), (1, 2, 3)], [(1, 1, 3), (1, 2, 3)]),
    ({"loss": "l1", "threshold": 1}, [(1, 1), (1, 2)], [(1, 1), (1, "9/4")]),
    ({"loss": "l1", "threshold": 1}, [(1, 0, 5), (1, 1)], [(1, 0, 2), (1, 1, 2)]),
    ({"loss": "l2", "threshold": "1/2"}, [(1, 0), (1, 1)], [(1, 0), (1, 1, 2)]),  # the mean
    ({"loss": "l2", "threshold": 1}, [(1, -1)], [(1, "-3/2")]),
    ({"loss": "l2", "threshold": "1/2", "output": "real"}, [(1, 0), (1, 1)], [(1, 0), (1, 1, 2)]),
    ({"loss": "linf", "threshold": "1/2"}, [(1, 0, 9), (1, 1, 9)], [(1, 0), (1, 2)]),
    ({"loss": "linf", "threshold": 1}, [(1, -1)], [(1, -2)]),
    ({"loss": "linf", "threshold": "1/2", "activation": "threshold", "output": "real"}, [(1, 0), (2, 1)], [(0, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "fitted", "missed"), FITS)
def test_training(fields, fitted, missed):
    yes, no = training(*fitted, **fields), training(*missed, **fields)
    assert answers([claim("accepts", yes), claim("rejects", yes)]) == ["true", "false"]
    assert answers([claim("accepts", no), claim("rejects", no)]) == ["false", "true"]


@pytest.mark.parametrize("activation", ["relu", "threshold", "leaky-relu"])
@pytest.mark.parametrize("output", ["ones", "signs", "real"])
@pytest.mark.parametrize("loss", ["exact", "l0", "l1", "l2", "linf"])
def test_every_class_and_loss(activation, output, loss):
    """f(1) = 1 is fitted by all; f(0) = 1 by none, and its loss is 1 whatever the loss."""
    fields = {"activation": activation, "output": output, "loss": loss}
    if activation == "leaky-relu":
        fields["alpha"] = "1/4"
    assert judge(claim("accepts", training((1, 1), **fields))) == "true"
    assert judge(claim("rejects", training((0, 1), **fields))) == "true"
    assert judge(claim("accepts", training((0, 1), **fields))) == "false"
    assert judge(claim("minimum", training((1, 1), **fields))) == "true"
    assert judge(claim("minimum", training((0, 1), **fields))) == "false"
    if loss != "exact":
        assert judge(claim("minimum", training((0, 1), **fields, threshold=1))) == "true"
        assert judge(claim("minimum", training((0, 1), **fields, threshold="3/2"))) == "false"
        assert judge(claim("accepts", training((0, 1), **fields, threshold="2/3"))) == "false"


def test_a_witness_that_is_shown_must_solve():
    instance = training((1, 2), output="real")
    right = {"weights": [[4]], "biases": [0], "output": ["1/2"]}
    for network, answer in (
        (right, "true"),
        ({**right, "output": ["1/3"]}, "false"),
        ({**right, "biases": [1]}, "false"),
        ({**right, "weights": [[4, 0]]}, "false"),
        ({**right, "weights": [[4], [0]]}, "false"),
    ):
        assert judge_certificate([claim("accepts", instance), {"side": "instance", "witness": network}]) == answer
    assert judge(claim("accepts", instance)) == "true"
    assert judge(claim("accepts", {**instance, "output": "signs"}), {"instance": right}) == "false"
    assert judge(claim("accepts", {**instance, "norm_bound": 4}), {"instance": right}) == "true"
    assert judge(claim("accepts", {**instance, "norm_bound": 3}), {"instance": right}) == "false"


def test_a_minimum_is_reached_and_not_undercut():
    labels = [(1, 0), (1, 1), (1, 1)]
    for loss, least, others in (
        ("l0", 1, [0, 2, "3/2"]),
        ("l1", 1, ["1/2", 2]),
        ("l2", "2/3", ["1/2", 1]),
        ("linf", "1/2", ["1/3", 1]),
    ):
        assert judge(claim("minimum", training(*labels, loss=loss, threshold=least))) == "true"
        assert answers(claim("minimum", training(*labels, loss=loss, threshold=v)) for v in others) == ["false"] * len(
            others
        )


def test_bounds_hold_what_is_least():
    """The least losses of three labels at one point are 1, 1, 2/3 and 1/2, as above."""
    labels = [(1, 0), (1, 1), (1, 1)]
    for loss, least in (("l0", Fraction(1)), ("l1", Fraction(1)), ("l2", Fraction(2, 3)), ("linf", Fraction(1, 2))):
        for low, high in product((Fraction(0), least / 2, least, least + 1), (least / 3, least, 3 * least)):
            said = {"threshold": shown(high), "loss": loss}
            truth = "true" if low <= least <= high else "false"
            assert judge({**claim("bounds", training(*labels, **said)), "low": shown(low)}) == truth, (loss, low, high)
    negative = {**claim("bounds", training(*labels, loss="l1", threshold=2)), "low": -1}
    assert judge(negative) == "false"  # it is no claim at all
    assert judge({**claim("bounds", training((1, 1))), "low": 0}) == "true"
    assert judge({**claim("bounds", training((1, 1))), "low": 1}) == "false"


def shown(value):
    return int(value) if value == int(value) else str(Fraction(value))


# ------------------------------------------------------------------------------------------------------------- lemmas


def at_most(bound, *terms, strictly=False):
    return [[[{"lt" if strictly else "le": [list(term) for term in terms], "bound": bound}]]]


def lemma(instance, claimed):
    return judge(claim("lemma", instance, property=claimed))


def test_the_false_lemma_that_was_accepted_once():
    """w = 4 and a = 1/2 fit f(2) = 1... of ReLUs with real outputs, so w ≤ 2 does not hold; of ±1 and 1 it does."""
    sample = [[0], [1], 2, 1]
    for output, answer in (("real", "false"), ("signs", "true"), ("ones", "true")):
        assert lemma(training(output=output) | {"samples": [sample]}, at_most(2, (0, 1))) == answer


LEMMAS = [  # instance, property, whether it holds
    (training((1, 2)), at_most(2, (0, 1)), True),
    (training((1, 2)), at_most(2, (0, 1), strictly=True), False),
    (training((1, 2)), at_most(1, (0, 1)), False),
    (training((1, 2)), at_most(-2, (0, -1)), True),
    (training((1, 0)), at_most(0, (0, 1)), True),
    (training((1, 0)), at_most(0, (0, -1)), False),  # any negative weight
    (training((0, 0)), at_most(100, (0, 1)), False),
    (training((0, 1)), at_most(-1), True),  # nothing fits
    (training((1, 1)), at_most(-1), False),
    (training((1, 1)), [], True),
    (training((1, 1)), [[]], False),  # an empty disjunction
    (training((1, 1)), [[[]]], True),
    (training((1, 2), bias=True), at_most(2, (0, 1), (1, 1)), True),
    (training((1, 2), bias=True), at_most(2, (0, 1)), False),
    (training((1, 2), (2, 5), bias=True), [*at_most(3, (0, 1)), *at_most(1, (1, -1))], True),
    (training((1, 2), (2, 5), bias=True), [*at_most(3, (0, 1)), *at_most(0, (1, -1))], False),
    (training(*V_SHAPE, neurons=2), [[*at_most(-1, (0, 1))[0], *at_most(-1, (1, 1))[0]]], True),
    (training(*V_SHAPE, neurons=2), at_most(-1, (0, 1)), False),  # either neuron may be the one on the left
    # ±1: the first has +1, so it is the one on the side of the positive label
    (training((1, 1), (-1, -1), neurons=2, output="signs"), at_most(-1, (0, -1)), True),
    (training((1, 1), (-1, -1), neurons=2, output="signs"), at_most(-1, (1, -1)), False),
    (training((1, -2), output="signs"), at_most(-2, (0, -1)), True),
    # real output weights of thresholds: the signs, and the order, are free
    (training((1, 3), activation="threshold", output="real"), at_most(0, (0, -1), strictly=True), True),
    (training((1, 3), activation="threshold", output="real"), at_most(3, (0, 1)), False),
    (training((1, 1), (-1, -1), activation="threshold", output="real", neurons=2), at_most(0, (1, 1)), False),
    (training((1, 1), (-1, -1), activation="threshold", output="signs", neurons=2), at_most(0, (1, 1), strictly=True),
     True),
    (training((1, 3), output="real"), at_most(0, (0, -1), strictly=True), True),
    (training((1, 3), output="real"), at_most(1000, (0, 1)), False),
    (training((1, 3), (-1, 1), output="real", neurons=2), at_most(0, (0, -1)), False),
    (training((1, 3), clip=[0, 3]), at_most(3, (0, 1)), False),
    (training((1, 3), clip=[0, 3]), at_most(-3, (0, -1)), True),
    (training((1, 3), norm_bound=3), at_most(3, (0, 1)), True),
    (training((2, 3), norm_bound=3, output="real"), at_most(3, (0, 1)), True),
    (training((2, 3), norm_bound=3, output="real"), at_most(2, (0, 1)), False),
    (training((1, 1), loss="l1", threshold="1/2"), at_most(3, (0, 2)), True),
    (training((1, 1), loss="l1", threshold="1/2"), at_most(1, (0, 1)), False),
    (training((1, 1), loss="l2", threshold="1/4"), at_most(3, (0, 2)), True),
    (training((1, 1), loss="l2", threshold="1/4"), at_most(3, (0, 2), strictly=True), False),
    (training((1, 1), loss="linf", threshold=1), at_most(2, (0, 1)), True),
    (training((1, 1, 3), (1, 2), loss="l0", threshold=1), at_most(1, (0, 1)), True),
    (training((1, 1, 3), (1, 2), loss="l0", threshold=3), at_most(1, (0, 1)), False),
]  # fmt: skip


@pytest.mark.parametrize(("instance", "claimed", "holds"), LEMMAS)
def test_lemmas(instance, claimed, holds):
    assert lemma(instance, claimed) == ("true" if holds else "false")


@pytest.mark.parametrize(
    "claimed",
    [at_most(0, (1, 1)), at_most(0, (-1, 1)), at_most(0, (0, 0)), at_most("1/2", (0, 1)), at_most(0, (0, 1), (0, 1)),
     [[[{"le": [[0, 1]]}]]], [[[{"le": [[0, 1]], "lt": [[0, 1]], "bound": 0}]]], [{}], 3],
)  # fmt: skip
def test_what_is_no_property_is_not_true(claimed):
    assert lemma(training((0, 1)), claimed) == "false"  # although nothing fits


def test_a_lemma_is_about_training():
    assert judge(claim("lemma", {"variables": 0, "clauses": []}, "one-in-three", property=[])) == "false"
    assert judge(claim("minimum", {"variables": 0, "clauses": []}, "one-in-three")) == "false"


# ------------------------------------------------------------------------------------------------------- equivalences


def padded(source, answer, extra=2, **changed):
    """A claim about zero padding, whose target is easily written down."""
    target = {**source, "dimension": source["dimension"] + extra}
    return {"claim": "equivalence", "reduction": "pad-dimension", "parameters": {"extra": extra}, "source": source,
            "target_sha256": sha256(target), "answer": answer} | changed  # fmt: skip


def sha256(target):
    return hashlib.sha256(json.dumps(target, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_equivalences():
    yes, no = training((1, 1)), training((1, -1))
    assert answers([padded(yes, "YES"), padded(no, "NO")]) == ["true", "true"]
    assert answers([padded(yes, "NO"), padded(no, "YES")]) == ["false", "false"]
    for changed in ({"target_sha256": "0" * 64}, {"parameters": {"extra": 1}}, {"parameters": {"more": 1}},
                    {"reduction": "no-such"}, {"parameters": {"extra": -1}}):  # fmt: skip
        assert judge(padded(yes, "YES", **changed)) == "false"
    assert judge({**padded(yes, "YES"), "source": training((1, 2))}) == "false"  # the hash is of another target


def test_promises():
    """About K₄ in two colours, which violates two edges, and padding, which promises the source."""
    k4 = {"vertices": 4, "edges": [[u, v] for u in range(4) for v in range(u + 1, 4)], "colors": 2}
    edge = {"vertices": 2, "edges": [[0, 1]], "colors": 2}

    def said(source, violated, answer):
        r = reduction("coloring-to-bounded-relu", {"violated": violated})
        target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(source)))
        return {"claim": "promise", "reduction": r.name, "parameters": {"violated": violated}, "source": source,
                "target_sha256": sha256(target), "answer": answer}  # fmt: skip

    assert judge(said(edge, 2, "NO")) == "false"
    assert judge(said(k4, 2, "YES")) == "false"  # it has no colouring
    assert judge(said(k4, 3, "NO")) == "false"  # it has one with two violations
    assert [judge({**padded(training((1, y)), "NO"), "claim": "promise"}) for y in (1, -1)] == ["false", "true"]


def test_both_witnesses_of_an_equivalence_must_solve():
    claimed = padded(training((1, 1)), "YES", extra=1)
    one = {"weights": [[1]], "biases": [0], "output": [1]}
    two = {**one, "weights": [[1, 5]]}
    assert judge(claimed, {"source": one, "target": two}) == "true"
    assert judge(claimed, {"source": one, "target": one}) == "true"  # what is left out is 0
    assert judge(claimed, {"source": one, "target": {**one, "weights": [[]]}}) == "false"
    assert judge(claimed, {"source": one, "target": {**one, "weights": [[1, 5, 0]]}}) == "false"
    assert judge(claimed, {"source": {**one, "weights": [[2]]}, "target": two}) == "false"


def test_an_equivalence_needs_both_sides(monkeypatch):
    """A reduction that is wrong: it forgets the samples."""
    from relucert.reductions.tight_hardness.pad_dimension import PadDimension

    monkeypatch.setattr(PadDimension, "reduce", lambda self, instance: type(instance)(1, 1, (), output="ones"))
    no, target = training((1, -1)), training()
    assert target["samples"] == []
    for answer in ("YES", "NO"):
        assert judge(padded(no, answer, target_sha256=sha256(target))) == "false"


# ------------------------------------------------------------------------------------------------- the third answer


@pytest.mark.parametrize(
    ("problem", "instance"),
    [
        ("densest-subgraph", {"vertices": 40, "edges": [], "kappa": 20, "edges_wanted": 1}),
        ("sat", {"variables": 40, "clauses": [[40]]}),
        ("vertex-cover", {"vertices": 40, "edges": [], "budget": 1}),
        ("training", training((1, 1), dimension=10**6)),
        ("training", training((1, 1), neurons=10**6)),
        ("multicolored-clique", {"colors": [v % 9 for v in range(60)], "edges": []}),
        ("hypergraph-coloring",
         {"vertices": 12, "edges": [[u, v] for u in range(12) for v in range(u + 1, 12)], "colors": 11}),
    ],
)  # fmt: skip
def test_what_is_too_large_is_undecided(problem, instance):
    assert answers([claim(kind, instance, problem) for kind in ("accepts", "rejects")]) == ["undecided"] * 2


def test_what_z3_does_not_know_is_undecided(monkeypatch):
    monkeypatch.setattr(independent, "Z3_RESOURCES", 1)
    unknown = training((1, 7), (2, 14), (-3, 2), neurons=2, output="real", loss="l2", threshold="1/7")
    assert judge(claim("accepts", unknown)) == "undecided"
    assert judge(claim("lemma", unknown, property=at_most(1, (0, 1)))) == "undecided"
