"""One test per file of the corpus: the folder is the verdict."""

import json
import zlib
from pathlib import Path

import pytest
from independent import CORPUS, claim_is_true, closed, lines_of, unpacked, verdict_of
from jsonschema import Draft202012Validator

import certificates
from certificates.checker import EXIT_CODES, Limits, check
from certificates.kernel import RULES
from reductions import CATALOGUE, PROBLEMS

VERDICTS = {"accept": "accepted", "reject": "rejected", "malformed": "malformed", "unsupported": "unsupported"}
FILES = [f"{folder}/{path.name}" for folder in VERDICTS for path in sorted((CORPUS / folder).iterdir())]
SCHEMA = json.loads((Path(certificates.__file__).parent / "schema.json").read_text())
LINE = Draft202012Validator(SCHEMA)


def in_folder(*folders):
    return [name for name in FILES if name.split("/")[0] in folders]


@pytest.mark.parametrize("name", FILES)
def test_verdict_is_the_folder(name):
    with open(CORPUS / name, "rb") as stream:
        verdict = check(stream)
    assert verdict.verdict == VERDICTS[name.split("/")[0]], verdict.reason
    assert bool(verdict.reason) == (verdict.verdict != "accepted")
    assert "\n" not in verdict.reason


@pytest.mark.parametrize("name", in_folder("accept"))
def test_claim_of_an_accepted_file_is_true(name):
    assert claim_is_true(lines_of(CORPUS / name))


def test_accepted_files_hold_every_kind_of_line_and_answer():
    lines = [line for name in in_folder("accept") for line in lines_of(CORPUS / name)]
    for key in ("witness", "refute", *RULES):
        assert any(key in line for line in lines), key
    claims = {(c["claim"], c.get("problem") or c["reduction"], c.get("answer")) for c in lines if "claim" in c}
    assert claims >= {(claim, problem, None) for claim in ("accepts", "rejects") for problem in PROBLEMS}
    both = ("set-cover-to-relu", "circuit-to-relu", "separability-to-thresholds", "clique-to-threshold")
    assert claims >= {("equivalence", r, answer) for r in both for answer in ("YES", "NO")}
    assert {answer for claim, _, answer in claims if claim == "equivalence"} == {"YES", "NO"}
    losses = {(c["claim"], c["instance"]["loss"]) for c in lines if c.get("problem") == "training"}
    assert losses >= {(claim, loss) for claim in ("minimum", "rejects") for loss in ("l0", "l1", "l2", "linf")}
    assert {line["side"] for line in lines if "refute" in line} == {"instance", "below", "source", "target"}


# ----------------------------------------------------------------------------------------------------------- the schema

# Malformed files whose lines are all valid JSON of the right shape, and why a schema of single lines cannot tell.
BEYOND_SCHEMA = {
    "order or range of numbers": {
        "atom-variable-twice", "atom-variables-unordered", "count-axiom-of-both-signs",
        "define-literal-and-its-negation",
        "instance-edge-decreasing", "instance-edges-unsorted", "instance-vertex-out-of-range",
        "rational-not-in-lowest-terms", "rup-tautology", "sample-coordinate-out-of-range",
        "sample-coordinates-decreasing",
        "symmetry-functional-repeats-a-weight", "training-clip-empty",
        "circuit-gate-of-a-later-wire", "circuit-gate-of-itself", "circuit-output-unknown",
        "set-cover-element-out-of-range", "set-cover-elements-decreasing", "set-cover-witness-decreasing",
        "subgraph-edge-decreasing", "subgraph-kappa-above-the-vertices", "tangent-at-a-rational-not-in-lowest-terms",
        "clique-colour-of-no-vertex", "clique-edge-decreasing", "clique-edge-inside-a-colour",
        "clique-edge-of-an-unknown-vertex", "clique-edges-unsorted", "separability-coordinate-not-in-lowest-terms",
        "separability-fractions-decreasing", "separability-origin-missing", "separability-point-in-both",
        "separability-points-decreasing", "separability-points-of-two-dimensions",
        "plain-clique-edge-of-an-unknown-vertex", "sat-variable-of-both-signs", "sat-variable-out-of-range",
        "sat-variables-decreasing", "vertex-cover-edge-decreasing", "vertex-cover-edges-unsorted",
    },
    "two lists of one length": {"farkas-multiplier-missing", "farkas-multiplier-too-many", "sample-value-missing"},
    "relation to another line": {
        "closing-record-missing", "closing-record-of-another-count", "closing-record-twice", "empty-file",
        "step-after-the-empty-clause", "symmetry-clique-of-more-than-k-vertices",
        "symmetry-functional-of-an-unknown-weight", "witness-after-the-claim-is-proved",
        "witness-network-of-another-size", "witness-network-of-another-width", "witness-network-ragged",
        "witness-of-another-problem", "witness-too-short",
        "circuit-witness-names-a-gate", "minimum-witness-after-the-claim-is-proved", "set-cover-symmetry",
        "set-cover-witness-of-an-unknown-set", "subgraph-witness-repeats-a-vertex", "subgraph-witness-too-small",
        "clique-symmetry", "clique-witness-colours-swapped", "clique-witness-negative",
        "clique-witness-of-an-unknown-vertex", "clique-witness-too-short", "separability-symmetry",
        "separability-witness-of-numbers", "separability-witness-without-constants",
        "independent-set-symmetry", "independent-set-witness-repeats-a-vertex",
        "plain-clique-witness-of-an-unknown-vertex",
        "sat-symmetry", "sat-witness-decreasing", "sat-witness-of-an-unknown-variable", "sat-witness-of-literals",
        "sat-witness-of-variable-zero", "vertex-cover-witness-decreasing",
    },
    "catalogue of reductions": {
        "reduction-parameter-negative", "reduction-parameter-unknown", "reduction-source-outside-its-domain",
        "reduction-unknown", "clique-loss-for-the-threshold",
    },
    "spelling in JSON": {
        "key-twice", "key-twice-by-an-escape", "key-twice-inside-the-instance", "number-float-that-is-whole",
        "number-with-exponent", "truncated-last-newline",
    },
}  # fmt: skip


def is_valid(name):
    """Whether every line is JSON, as Python's reader sees it, and fits the schema."""
    try:
        return all(LINE.is_valid(json.loads(line)) for line in unpacked(CORPUS / name).decode("ascii").splitlines())
    except (ValueError, OSError, EOFError, zlib.error):
        return False


def test_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", in_folder("accept", "reject"))
def test_rejected_and_accepted_lines_fit_the_schema(name):
    assert is_valid(name)


def test_malformed_lines_do_not_fit_the_schema():
    valid = {name.split("/")[1].split(".")[0] for name in in_folder("malformed") if is_valid(name)}
    assert valid == set().union(*BEYOND_SCHEMA.values())


@pytest.mark.parametrize("problem", PROBLEMS)
def test_schema_has_every_problem(problem):
    assert {f"{problem}-instance", f"{problem}-witness"} <= SCHEMA["$defs"].keys()


# ------------------------------------------------------------------------------------ too large for a file: made here

TRIANGLE = lines_of(CORPUS / "accept/coloring-no-triangle-by-rup.jsonl")


def changed(line, **fields):
    return closed([{**step, **fields} if i == line else step for i, step in enumerate(TRIANGLE)])


HUGE = {
    "ten million digits": (closed(TRIANGLE).replace(b'"id": 10', b'"id": ' + b"1" * 10**7), "resource-limit"),
    "ten million digits in a string": (changed(0, problem="1" * 10**7), "resource-limit"),
    "ten million digits split by spaces": (changed(0, problem="1234567 " * 10**6), "malformed"),
    "ten million digits, unclosed": (b'{"id":' + b"7" * 10**7, "malformed"),
    "nested lists": (b'{"claim":' + b"[" * 10_000 + b"]" * 10_000 + b"}\n", "resource-limit"),
    "nested objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"\n", "resource-limit"),
    "nested lists, unclosed": (b"[" * 10_000 + b"\n", "resource-limit"),
    "many digits in every number": (changed(2, hints=[10**3999] * 2_000), "rejected"),
    "a key that stands twice among many": (
        closed(TRIANGLE[:1]).replace(b"{", b"{" + b"".join(b'"%d":0,' % i for i in range(2 * 10**5)) + b'"0":0,', 1),
        "malformed",
    ),
    "ids that Python hashes alike": (
        closed([*TRIANGLE[:2], *({"atom": 7 + i * (2**61 - 1), "le": [], "bound": 0} for i in range(10**4))]),
        "resource-limit",
    ),
    "literals that Python hashes alike": (
        changed(2, rup=[1 + i * (2**61 - 1) for i in range(10**4)]),
        "resource-limit",
    ),
    "a million vertices and colours": (
        changed(0, instance={"vertices": 10**6, "edges": [], "colors": 10**6}),
        "resource-limit",
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_input_is_refused_quickly(name):
    data, verdict = HUGE[name]
    assert verdict_of(data, Limits()).verdict == verdict
    assert verdict_of(data).verdict in ("resource-limit", "malformed")


TINY_TRAINING = lines_of(CORPUS / "accept/training-no-ones.jsonl")


def training(**fields):
    return {**TINY_TRAINING[0], "instance": {**TINY_TRAINING[0]["instance"], **fields}}


LARGE = 10**3999
DENSE_FRACTIONS = [f"1/{10**3900 + 2 * t + 1}" for t in range(6)]
FEW_BYTES_THAT_ASK_FOR_MUCH = {
    "a target of many samples": {
        "claim": "equivalence", "format": "relucert-2", "reduction": "coloring-to-relu-network", "parameters": {},
        "source": {"vertices": 10**9, "edges": [], "colors": 2}, "target_sha256": "0" * 64, "answer": "YES",
    },
    "a target of many neurons": {
        "claim": "equivalence", "format": "relucert-2", "reduction": "coloring-to-relu-sum", "parameters": {},
        "source": {"vertices": 0, "edges": [], "colors": 10**9}, "target_sha256": "0" * 64, "answer": "YES",
    },
    "a target of many dimensions": {
        "claim": "equivalence", "format": "relucert-2", "reduction": "pad-dimension", "parameters": {"extra": 10**9},
        "source": TINY_TRAINING[0]["instance"], "target_sha256": "0" * 64, "answer": "YES",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FEW_BYTES_THAT_ASK_FOR_MUCH)
def test_a_huge_target_is_refused_before_it_is_built(name, monkeypatch):
    for r in CATALOGUE.values():
        monkeypatch.setattr(r, "reduce", lambda *_: pytest.fail("built"))
    data = closed([FEW_BYTES_THAT_ASK_FOR_MUCH[name]])
    assert verdict_of(data, Limits()).verdict == "resource-limit"


def test_neurons_without_samples_cannot_be_ordered_for_free():
    claim, header = training(samples=[], neurons=10**9), {"refute": 10**9, "side": "instance", "symmetry": [[0, 1]]}
    assert verdict_of(closed([claim, header]), Limits()).verdict == "resource-limit"


def test_a_large_common_denominator_counts_as_many_cells():
    point = [*DENSE_FRACTIONS, *[1] * 5000]
    samples = [[list(range(len(point))), point, 1, 1]]
    claim = training(samples=samples, dimension=len(point), neurons=100)
    header = {"refute": 100, "side": "instance", "symmetry": None}
    verdict = verdict_of(closed([claim, header]), Limits())
    assert verdict.verdict == "resource-limit"
    assert "cells" in verdict.reason


def test_a_network_of_many_denominators_is_refused_before_it_is_evaluated():
    claim = {**training(neurons=100, samples=[[[0], [1], 1, 1]]), "claim": "accepts"}
    weights = [[f"1/{10**3900 + 2 * j + 1}"] for j in range(100)]
    witness = {"side": "instance", "witness": {"weights": weights, "biases": [0] * 100, "output": [1] * 100}}
    verdict = verdict_of(closed([claim, witness]), Limits())
    assert verdict.verdict == "resource-limit"
    assert "denominator" in verdict.reason


@pytest.mark.parametrize(
    "steps",
    [
        [{"atom": 15, "le": [], "bound": -LARGE}, {"farkas": [15], "multipliers": [LARGE], "units": [], "id": 13}],
        [{"count": [[2, 1]], "degree": 1, "from": [[1, LARGE]], "axioms": [], "divide": 1, "id": 13}],
    ],
)
def test_messages_about_huge_numbers_are_short(steps):
    verdict = verdict_of(closed([*TINY_TRAINING[:2], *steps]))
    assert verdict.verdict == "rejected"
    assert len(verdict.reason) < 200


@pytest.mark.parametrize("limit", ["line_bytes", "total_bytes", "work", "cells"])
@pytest.mark.parametrize("name", ["training-no-bias", "count-pigeonhole-k7", "equivalence-no"])
def test_every_limit_is_obeyed(name, limit):
    data = (CORPUS / f"accept/{name}.jsonl").read_bytes()
    least = {"line_bytes": max(map(len, data.splitlines())), "total_bytes": len(data) - 1, "work": 9, "cells": 7}[limit]
    assert verdict_of(data, Limits(**{limit: least})).verdict == "resource-limit"
    enough = {"line_bytes": least + 1, "total_bytes": least + 1, "work": 10**4, "cells": 10**3}[limit]
    assert verdict_of(data, Limits(**{limit: enough})).verdict == "accepted"


# Counted by hand: the cells of every case; then, for each clause or inequality that a step visits, its length and 1.
WORK = {
    "coloring-no-triangle-by-rup": 2 * (3 + 6) + 5 * 3 + (2 + 6 * 3),
    "training-no-signs": 2 * 6 + (2 + 2) + (3 + 2 + 3 + 2) + (2 + 2) + (2 + 3 + 3 + 2),
    "equivalence-no-with-a-parameter": 2 * 40,
    "training-yes-rational": (1 + 1) ** 2 * (2 + 2 + 2),
}


@pytest.mark.parametrize("name", WORK)
def test_work_adds_up_over_cases_and_sides(name):
    data = (CORPUS / f"accept/{name}.jsonl").read_bytes()
    assert verdict_of(data, Limits(work=WORK[name])).verdict == "accepted"
    assert verdict_of(data, Limits(work=WORK[name] - 1)).verdict == "resource-limit"


def test_exit_codes():
    assert EXIT_CODES == {"accepted": 0, "rejected": 1, "malformed": 2, "resource-limit": 3}
