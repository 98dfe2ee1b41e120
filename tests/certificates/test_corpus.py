"""One test per file of the corpus: the folder is the verdict."""

import json
import subprocess
import sys
import zlib
from pathlib import Path

import independent
import jsonschema_rs
import pytest
from counting import instructions
from files import CORPUS, closed, lines_of, unpacked, verdict_of
from independent import judge_certificate

import relucert.certificates as certificates
from relucert.certificates.checker import EXIT_CODES, Limits, check
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import RULES
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.problems.training import TRAINING

VERDICTS = {"accept": "accepted", "reject": "rejected", "malformed": "malformed", "unsupported": "unsupported"}
FILES = [f"{folder}/{path.name}" for folder in VERDICTS for path in sorted((CORPUS / folder).iterdir())]
SCHEMA = json.loads((Path(certificates.__file__).parent / "schema.json").read_text())
LINE = jsonschema_rs.validator_for(SCHEMA)


def in_folder(*folders):
    return [name for name in FILES if name.split("/")[0] in folders]


@pytest.mark.parametrize("name", FILES)
def test_verdict_is_the_folder(name):
    with open(CORPUS / name, "rb") as stream:
        verdict = check(stream)
    assert verdict.verdict == VERDICTS[name.split("/")[0]], verdict.reason
    assert bool(verdict.reason) == (verdict.verdict != "accepted")
    assert "\n" not in verdict.reason


# A second or more of the oracle.
HARD = ("accept/equivalence-circuit-no.jsonl", "accept/equivalence-clique-no.jsonl")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in HARD)) for name in in_folder("accept")]
)
def test_claim_of_an_accepted_file_is_true(name, monkeypatch):
    monkeypatch.setattr(independent, "Z3_RESOURCES", 10 * independent.Z3_RESOURCES)  # a circuit takes a second or two
    assert judge_certificate(lines_of(CORPUS / name)) == "true"


def test_accepted_files_hold_every_kind_of_line_and_answer():
    lines = [line for name in in_folder("accept") for line in lines_of(CORPUS / name)]
    for key in ("witness", "fails", "refute", *(keys.split()[0] for keys in RULES)):
        assert any(key in line for line in lines), key
    claims = {(c["claim"], c.get("problem") or c.get("reduction"), c.get("answer")) for c in lines if "claim" in c}
    assert claims >= {(claim, problem, None) for claim in ("accepts", "rejects") for problem in PROBLEMS}
    both = (
        "set-cover-to-relu",
        "circuit-to-relu",
        "circuit-to-double-wells",
        "coloring-to-leaky-relu-sum",
        "max-cut-to-leaky-relu",
        "separability-to-thresholds",
        "clique-to-threshold",
        "sat-groups-to-sign-cnn",
        "sign-cnn-to-random-network",
        "sign-cnn-to-random-cnn",
    )
    assert claims >= {("equivalence", r, answer) for r in both for answer in ("YES", "NO")}
    for kind in ("equivalence", "promise"):
        assert {answer for claim, _, answer in claims if claim == kind} == {"YES", "NO"}
    seen = {(c["claim"], c["instance"]["loss"]) for c in lines if c.get("problem") == "training"}
    assert seen >= {(claim, loss) for claim in ("minimum", "bounds", "rejects") for loss in ("l0", "l1", "l2", "linf")}
    assert {line["side"] for line in lines if "refute" in line} == {"instance", "below", "source", "target", "promised"}


# ----------------------------------------------------------------------------------------------------------- the schema

# Malformed files whose lines are all valid JSON of the right shape, and why a schema of single lines cannot tell.
BEYOND_SCHEMA = {
    "order or range of numbers": {
        "bounds-low-not-in-lowest-terms", "bounds-low-end-of-an-exact-fit", "atom-variable-twice",
        "atom-variables-unordered", "count-axiom-of-both-signs",
        "define-literal-and-its-negation",
        "instance-edge-decreasing", "instance-edges-unsorted", "instance-vertex-out-of-range",
        "rational-not-in-lowest-terms", "rup-tautology", "sample-coordinate-out-of-range",
        "sample-coordinates-decreasing",
        "symmetry-functional-repeats-a-weight", "training-clip-empty",
        "circuit-gate-of-a-later-wire", "circuit-gate-of-itself", "circuit-output-unknown",
        "set-cover-element-out-of-range", "set-cover-elements-decreasing", "set-cover-witness-decreasing",
        "subgraph-edge-decreasing", "subgraph-kappa-above-the-vertices", "tangent-at-a-rational-not-in-lowest-terms",
        "farkas-tangent-at-a-point-not-in-lowest-terms",
        "clique-colour-of-no-vertex", "clique-edge-decreasing", "clique-edge-inside-a-colour",
        "clique-edge-of-an-unknown-vertex", "clique-edges-unsorted", "separability-coordinate-not-in-lowest-terms",
        "separability-fractions-decreasing", "separability-origin-missing", "separability-point-in-both",
        "separability-points-decreasing", "separability-points-of-two-dimensions",
        "max-cut-edge-decreasing", "plain-clique-edge-of-an-unknown-vertex", "sat-variable-of-both-signs",
        "sat-variable-out-of-range", "sat-variables-decreasing",
        "vertex-cover-edge-decreasing", "vertex-cover-edges-unsorted",
        "agreement-target-edge-decreasing",
        "enclosure-ends-in-the-wrong-order", "enclosure-eta-of-one-half", "enclosure-k-too-large", "enclosure-odd-k",
        "enclosure-terms-below-the-tail-bound", "enclosure-terms-without-a-series", "fact-parameter-out-of-range",
        "fact-padded-dimension-exponent-one-half", "fact-padded-dimension-exponent-one-half-of-log",
        "sat-groups-variable-of-both-signs", "sat-groups-variable-out-of-range", "sign-cnn-entry-not-in-lowest-terms",
    },
    "two lists of one length": {
        "farkas-multiplier-missing", "farkas-multiplier-too-many", "sample-value-missing",
        "sign-cnn-patch-too-short", "sign-cnn-sample-of-two-patches",
        "random-cnn-matrix-not-square", "random-cnn-patch-too-short", "random-network-block-not-square",
        "random-network-blocks-of-two-sizes", "random-network-factor-too-small", "random-network-point-too-short",
        "equivalence-random-network-factor-not-square",
    },
    "relation to another line": {
        "closing-record-missing", "closing-record-of-another-count", "closing-record-twice", "empty-file",
        "in-common-twice", "in-common-with-a-symmetry-of-a-case", "symmetry-missing",
        "step-after-the-empty-clause", "symmetry-clique-of-more-than-k-vertices",
        "symmetry-functional-of-an-unknown-weight", "witness-after-the-claim-is-proved",
        "witness-network-of-another-size", "witness-network-of-another-width", "witness-network-ragged",
        "witness-network-leaves-out-what-a-sample-has",
        "witness-of-another-problem", "witness-too-short",
        "bounds-refutation-of-a-low-end-of-zero",
        "circuit-witness-names-a-gate", "minimum-witness-after-the-claim-is-proved", "set-cover-symmetry",
        "set-cover-witness-of-an-unknown-set", "subgraph-witness-repeats-a-vertex", "subgraph-witness-too-small",
        "clique-symmetry", "clique-witness-colours-swapped", "clique-witness-negative",
        "clique-witness-of-an-unknown-vertex", "clique-witness-too-short", "separability-symmetry",
        "separability-witness-of-numbers", "separability-witness-without-constants",
        "independent-set-symmetry", "independent-set-witness-repeats-a-vertex",
        "max-cut-symmetry", "max-cut-witness-of-an-unknown-vertex", "plain-clique-witness-of-an-unknown-vertex",
        "sat-symmetry", "sat-witness-decreasing", "sat-witness-of-an-unknown-variable", "sat-witness-of-literals",
        "sat-witness-of-variable-zero", "vertex-cover-witness-decreasing",
        "sat-groups-symmetry", "sat-groups-witness-of-an-unknown-variable", "sign-cnn-symmetry",
        "sign-cnn-witness-of-zero",
        "sign-cnn-witness-too-short",
        "random-cnn-symmetry", "random-cnn-witness-too-long", "random-network-neuron-too-short",
        "random-network-one-neuron", "random-network-symmetry", "separability-witness-of-one-plane",
        "separability-witness-of-three-planes",
        "disagreement-evidence-goes-on", "enclosure-with-evidence",
    },
    "catalogue of reductions": {
        "reduction-parameter-negative", "reduction-source-outside-its-domain",
        "clique-loss-for-the-threshold",
        "equivalence-random-network-factor-singular", "equivalence-random-network-scale-zero",
        "equivalence-random-network-seed-negative",
        "promise-where-nothing-is-promised",
        "sweep-parameters-without-a-reduction", "sweep-reduction-from-another-problem",
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


def test_the_schema_is_what_problems_and_reductions_state():
    """`make schema` writes it."""
    generate = Path(__file__).parents[2] / "packaging" / "schema.py"
    generated = subprocess.run([sys.executable, generate], capture_output=True, text=True, check=True).stdout
    assert generated == (Path(certificates.__file__).parent / "schema.json").read_text()


def test_schema_is_a_schema():
    jsonschema_rs.meta.validate(SCHEMA)


def test_rejected_and_accepted_lines_fit_the_schema():
    """Each line once: most certificates of the corpus are others with one line changed."""
    lines = {line: name for name in in_folder("accept", "reject") for line in unpacked(CORPUS / name).splitlines()}
    assert [name for line, name in lines.items() if not LINE.is_valid(json.loads(line))] == []


@pytest.mark.thorough
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
    "ten million digits split by spaces": (changed(0, problem="1234567 " * 10**6), "unsupported"),
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


@pytest.mark.thorough
@pytest.mark.parametrize("name", HUGE)
def test_huge_input_is_refused_with_little_work(name):
    """In fewer instructions than the file has bytes, and a few thousand."""
    data, verdict = HUGE[name]
    assert verdict_of(data, Limits()).verdict == verdict
    assert instructions(verdict_of, data, Limits()) < len(data) + 10_000
    assert verdict_of(data).verdict in ("resource-limit", "malformed", "unsupported")


TINY_TRAINING = lines_of(CORPUS / "accept/training-no-ones.jsonl")


def training(**fields):
    return {**TINY_TRAINING[0], "instance": {**TINY_TRAINING[0]["instance"], **fields}}


LARGE = 10**3999
DENSE_FRACTIONS = [f"1/{10**3900 + 2 * t + 1}" for t in range(6)]
FEW_BYTES_THAT_ASK_FOR_MUCH = {
    "a target of many samples": {
        "claim": "equivalence", "format": "relucert-3", "reduction": "coloring-to-relu-network", "parameters": {},
        "source": {"vertices": 10**9, "edges": [], "colors": 2}, "target_sha256": "0" * 64, "answer": "YES",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FEW_BYTES_THAT_ASK_FOR_MUCH)
def test_a_huge_target_is_refused_before_it_is_built(name, monkeypatch):
    for r in CATALOGUE.values():
        monkeypatch.setattr(r, "reduce", lambda *_: pytest.fail("built"))
    data = closed([FEW_BYTES_THAT_ASK_FOR_MUCH[name]])
    assert verdict_of(data, Limits()).verdict == "resource-limit"


def test_a_network_in_many_dimensions_need_not_state_its_zeros(monkeypatch):
    """Padding is free; but what appends weights has to write all of them down, and is refused before it does."""
    claim, witness = lines_of(CORPUS / "accept/training-yes-rational.jsonl")
    wide = claim["instance"] | {"dimension": 10**9}
    for name, parameters, source in (
        ("pad-dimension", {"extra": 10**9}, claim["instance"]),
        ("relu-sum-to-relu-network", {}, wide),
    ):
        r = CATALOGUE[name](**parameters)
        target = r.reduce(TRAINING.instance_from_json(source))
        mapped = {
            "claim": "equivalence", "format": claim["format"], "reduction": name, "parameters": parameters,
            "source": source, "target_sha256": TRAINING.sha256(target), "answer": "YES",
        }  # fmt: skip
        of_source, of_target = ({**witness, "side": side} for side in ("source", "target"))
        assert verdict_of(closed([mapped, of_source]), Limits()).verdict == "rejected"  # that of the target is missing
        if name == "pad-dimension":
            assert verdict_of(closed([mapped, of_source, of_target]), Limits()).verdict == "accepted"
    monkeypatch.setattr(type(r), "forward", lambda *_: pytest.fail("built"))
    monkeypatch.setattr(TRAINING, "accepts", lambda *_: True)
    assert verdict_of(closed([mapped, of_source, of_target]), Limits()).verdict == "resource-limit"


def test_neurons_without_samples_cannot_be_ordered_for_free():
    claim, header = training(samples=[], neurons=10**9), {"refute": 10**9, "side": "instance", "symmetry": [[0, 1]]}
    assert verdict_of(closed([claim, header]), Limits()).verdict == "resource-limit"


def test_a_large_common_denominator_counts_as_many_words():
    point = [*DENSE_FRACTIONS, *[1] * 5000]
    samples = [[list(range(len(point))), point, 1, 1]]
    claim = training(samples=samples, dimension=len(point), neurons=100)
    header = {"refute": 100, "side": "instance", "symmetry": None}
    verdict = verdict_of(closed([claim, header]), Limits())
    assert verdict.verdict == "resource-limit"
    assert "words" in verdict.reason


def test_a_network_of_many_denominators_is_refused_before_it_is_evaluated():
    claim = {**training(neurons=100, samples=[[[0], [1], 1, 1]]), "claim": "accepts"}
    weights = [[f"1/{10**3900 + 2 * j + 1}"] for j in range(100)]
    witness = {"side": "instance", "witness": {"weights": weights, "biases": [0] * 100, "output": [1] * 100}}
    verdict = verdict_of(closed([claim, witness]), Limits())
    assert verdict.verdict == "resource-limit"
    assert "units of work" in verdict.reason


@pytest.mark.parametrize(
    "steps",
    [
        [{"atom": 15, "le": [], "bound": -LARGE}, {"farkas": [15], "multipliers": [LARGE], "units": [], "id": 13}],
        [{"count": [[2, 1]], "degree": 1, "from": [[1, LARGE]], "axioms": [], "divide": 1, "id": 13}],
        [{"farkas": [], "multipliers": [], "units": [[LARGE, 1]], "id": 13}],
        [{"rup": [], "hints": [LARGE], "id": 13}],
    ],
)
def test_messages_about_huge_numbers_are_short(steps):
    verdict = verdict_of(closed([*TINY_TRAINING[:2], *steps]))
    assert verdict.verdict == "rejected"
    assert len(verdict.reason) < 200


@pytest.mark.parametrize("limit", ["work", "words"])
@pytest.mark.parametrize("name", ["training-no-bias", "count-pigeonhole-k7", "equivalence-no"])
def test_every_limit_is_obeyed(name, limit):
    data = (CORPUS / f"accept/{name}.jsonl").read_bytes()
    spent = getattr(verdict_of(data), limit)
    assert verdict_of(data, Limits(**{limit: spent})).verdict == "accepted"
    assert verdict_of(data, Limits(**{limit: spent - 1})).verdict == "resource-limit"


def test_limits_grow_with_the_packed_size():
    small, large = Limits().meter(0), Limits().meter(10**6)
    assert (small.most_work, small.most_words) == (5 * 10**7, 25 * 10**6)
    assert (large.most_work, large.most_words) == (5 * 10**7 + 64 * 10**6, 25 * 10**6 + 10**8)
    assert Limits().meter(10**9).most_words == 2**31


# Counted by hand: the bytes of the file, and 40 for each line; an eighth of the words of the formula of every case;
# then, for each clause or inequality that a step visits, its length and 1.
TRIANGLE_WORDS = 100 + 3 * (2 * 41 + 40) + 6 * 40  # atoms and clauses of 3 vertices, 2 clauses for each of 3 edges
WORK = {"coloring-no-triangle-by-rup": TRIANGLE_WORDS // 8 + 5 * 3 + (2 + 6 * 3)}


@pytest.mark.parametrize("name", WORK)
def test_work_adds_up(name):
    data = (CORPUS / f"accept/{name}.jsonl").read_bytes()
    assert verdict_of(data).work == len(data) + 40 * len(data.splitlines()) + WORK[name]


def test_work_adds_up_over_cases_and_sides():
    """Both sides of an equivalence, and both cases of a class with signs, are paid for."""
    path = CORPUS / "accept/training-no-signs.jsonl"
    claim, first, *_ = lines_of(path)
    once, whole = verdict_of(closed([claim, first])), verdict_of(path.read_bytes())
    formula = ENCODINGS["training"].words(TRAINING.instance_from_json(claim["instance"]), None) // 8
    reading = path.stat().st_size + 40 * len(path.read_bytes().splitlines())
    assert 2 * formula < whole.work - reading < 3 * formula
    assert once.work - len(closed([claim, first])) - 3 * 40 == formula


def test_exit_codes():
    assert EXIT_CODES == {"accepted": 0, "rejected": 1, "malformed": 2, "resource-limit": 3, "unsupported": 3}
