"""Damaged certificates: the checker never raises, and accepts nothing that has become wrong.

At random: mutants of small certificates of every claim kind, problem, reduction, class of networks and loss; the claim
of each that is accepted must be true by the oracle, which shares nothing with the checker. `make fuzz` makes many more.

One by one: every number and every element of small files. Such a mutant may be accepted only if it is a proof in its
own right: in addition, every step follows from exactly the constraints that it cites (or introduces a fresh atom), each
has a fresh id, and the last of each case is the empty clause. What this lets through are changes without meaning:
spaces, the order of keys, steps or multipliers or hints that do no harm, ids that nothing refers to, another true claim
with the same evidence. Everything else must be refused.
"""

import json
from contextlib import suppress
from functools import cache, partial
from itertools import pairwise, product

import pytest
from files import CORPUS, closed, copied, lines_of, read_lines, unpacked, verdict_of
from hypothesis import given
from hypothesis import strategies as st
from independent import is_claim, judge, judge_certificate
from meaning import Meaning
from mutants import FALSE, OUTCOMES, TRACEBACK, at, hash_again, mutant, outcome, places, put, remove, run
from seeds import FAMILIES, family

from relucert.certificates.checker import EXIT_CODES
from relucert.certificates.claims import CLAIMS
from relucert.certificates.claims.sweep import Classes
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Farkas, Formula, Rup
from relucert.certificates.properties import property_from_json
from relucert.reductions import CATALOGUE, PROBLEMS, reduction
from relucert.reductions.json_text import loads
from relucert.reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS, Training

pytestmark = pytest.mark.thorough

# ------------------------------------------------------------------------------------------------------------ at random

MUTANTS = 20_000 // len(FAMILIES) + 1  # of each family


def numbered(name, count=MUTANTS):
    return (f"test/{name}/{i}" for i in range(count))


@pytest.mark.parametrize("name", FAMILIES)
def test_no_mutant_gets_in(name, record_property):
    report = run(family(name), numbered(name))
    record_property("mutants", {end: report.counts[end] for end in OUTCOMES})
    assert report.failures == []
    assert report.counts.total() == MUTANTS
    assert report.counts["accepted true"] > 0
    assert report.counts["rejected"] > 0
    assert report.counts["malformed"] > 0


def test_mutants_are_of_every_kind():
    """Every claim about every problem, class of networks and loss, and every reduction with both answers."""
    claims = [lines[0] for name in FAMILIES for lines in family(name)]
    assert {c["claim"] for c in claims} == CLAIMS.keys()
    said = {(*c["sides"],) for c in claims if c["claim"] == "disagreement"}
    assert said == {("YES", "NO"), ("NO", "YES"), ("YES", "FAILS"), ("FAILS", "YES")}
    assert {c["answer"] for c in claims if c["claim"] == "agreement"} == {"YES", "NO"}
    two = [c for c in claims if "sides" in c or c["claim"] == "agreement"]
    assert {c["source_problem"] for c in two} == {c["target_problem"] for c in two} == PROBLEMS.keys()
    assert {(c["claim"], c.get("problem")) for c in claims} >= set(product(("accepts", "rejects"), PROBLEMS))
    fits = [(c["claim"], c["instance"]) for c in claims if c.get("problem") == "training"]
    networks = set(product(ACTIVATIONS, OUTPUTS))
    seen = {(kind, i["activation"], i["output"], i["loss"]) for kind, i in fits}
    assert seen >= {(kind, *n, loss) for kind in ("accepts", "rejects") for n in networks for loss in LOSSES}
    assert seen >= {(kind, *n, loss) for kind in ("minimum", "bounds") for n in networks for loss in LOSSES[1:]}
    scaled = {("relu", "real"), ("leaky-relu", "real")}
    assert seen >= {("lemma", *n, loss) for n in networks - scaled for loss in LOSSES}
    assert {i["bias"] for _, i in fits} == {True, False}
    assert {i["clip"] is None for _, i in fits} == {i["norm_bound"] is None for _, i in fits} == {True, False}
    answers = {(c["reduction"], c["answer"]) for c in claims if c["claim"] == "equivalence"}
    too_large = {("one-in-three-to-plane", "NO"), ("one-in-three-to-thresholds", "NO")}
    assert answers >= set(product(CATALOGUE, ("YES", "NO"))) - too_large


BY_LOSS = ("rejects", "minimum", "bounds", "lemma")


OF_LOSSES = [name for name in FAMILIES if name.split("-")[0] in BY_LOSS]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (n % 12 > 0)) for n, name in enumerate(OF_LOSSES)]
)
def test_mutants_claim_what_is_true_and_what_is_false(name):
    """So that the oracle has something to say about the other claims that are accepted, and would say no to many."""
    claims = {}
    for seed in numbered(name, 150):
        line = mutant(seed, family(name)).splitlines()[0]
        with suppress(ValueError):
            claims[line] = json.loads(line)
    answers = [judge(claim) for claim in claims.values() if is_claim(claim)]
    assert min(answers.count("true"), answers.count("false")) >= 5


@pytest.mark.parametrize(("neurons", "hashed"), [(4, True), ("4", True), (2000, False), ("2000", False)])
def test_no_large_target_is_built_for_its_hash(neurons, hashed):
    """A million mutants ended with a MemoryError in the tool that makes them: a text can mean a large number too."""
    name, source = "separability-to-thresholds", {"P": [[0]], "Q": [[1]]}
    claim = {"reduction": name, "parameters": {"neurons": neurons}, "source": source, "target_sha256": ""}
    hash_again(claim)
    assert bool(claim["target_sha256"]) == hashed


def test_a_mutant_is_made_again_from_its_number():
    for name in ("lemma-relu-ones", "corpus"):
        for seed in numbered(name, 50):
            assert mutant(seed, family(name)) == mutant(seed, copied(family(name)))


# ------------------------------------------------------------------------------------------------ holes that are found


def unchecked(self, kernel):
    """A proof step that is believed."""
    kernel.learn(self.id, self.clause)


HOLES = {
    "witnesses are not evaluated": (Training, "accepts", lambda self, instance, witness: True, "accepts-relu-real"),
    "farkas is believed": (Farkas, "apply", unchecked, "minimum-relu-ones"),
    "rup is believed": (Rup, "apply", unchecked, "one-in-three"),
}


@pytest.mark.parametrize("hole", HOLES)
def test_mutants_find_a_hole(hole, monkeypatch):
    place, name, wrong, where = HOLES[hole]
    family(where)  # made before the checker is broken
    monkeypatch.setattr(place, name, wrong)
    assert run(family(where), numbered(where)).counts[FALSE] > 0


def test_the_oracle_knows_that_a_class_is_missing(monkeypatch):
    """A checker that does not count the classes accepts what is false."""
    lines = lines_of(CORPUS / "reject/sweep-graph-missing.jsonl")
    assert judge_certificate(lines) == "false"
    monkeypatch.setattr(Classes, "require_all", lambda self: None)
    assert outcome(closed(lines)) == FALSE


def test_the_oracle_reads_the_lines_that_the_checker_reads():
    """A line ends with a line feed; a carriage return, and what else `splitlines` knows, does not end it."""
    first, second = lines_of(CORPUS / "accept/set-cover-yes.jsonl")
    data = closed([first, second]).replace(b", ", b",\r")
    assert verdict_of(data).verdict == "accepted"
    assert read_lines(data) == [first, second]


def test_an_exception_of_the_checker_is_seen(monkeypatch):
    monkeypatch.setattr(Rup, "apply", lambda self, kernel: 1 // 0)
    assert outcome(closed(lines_of(CORPUS / "accept/coloring-no-triangle-by-rup.jsonl"))) == TRACEBACK


# ----------------------------------------------------------------------------------------------------------- one by one

SMALL_FILES = [path for path in sorted((CORPUS / "accept").glob("*.jsonl")) if path.stat().st_size < 3000]
LEMMAS = [f"lemma-{networks}" for networks in ("relu-ones", "relu-signs", "threshold-real")]
SUBJECTS = {path.name: partial(lines_of, path) for path in SMALL_FILES}
SUBJECTS |= {f"{name}-{i}": lambda name=name, i=i: family(name)[i] for name in LEMMAS for i in (0, 2)}


def is_proof(lines):
    return judge_certificate(lines) != "false" and all(case_is_refuted(*case) for case in refuted_cases(lines))


def refuted_cases(lines):
    """The refutations in a certificate: problem, instance, property, header and steps, all as JSON text."""
    claim = lines[0]
    if claim["claim"] == "sweep":
        starts = [i for i, line in enumerate(lines) if "source" in line]
        for start, end in pairwise([*starts, len(lines)]):
            kind = "agreement" if claim["reduction"] is None else "equivalence"
            of = {"claim": kind, "source_problem": claim["problem"], "reduction": claim["reduction"]}
            of |= {"parameters": claim["parameters"], **lines[start]}
            yield from refuted_cases([of, *lines[start + 1 : end]])
        return
    if claim["claim"] == "equivalence":
        r = reduction(claim["reduction"], claim["parameters"])
        target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(claim["source"])))
        sides = {"source": (r.source.name, claim["source"]), "target": (r.target.name, target)}
    elif claim["claim"] == "promise":
        r = reduction(claim["reduction"], claim["parameters"])
        source = r.source.instance_from_json(claim["source"])
        aim, target = r.source.instance_to_json(r.promised(source)), r.target.instance_to_json(r.reduce(source))
        sides = {"promised": (r.source.name, aim), "target": (r.target.name, target)}
    elif claim["claim"] in ("agreement", "disagreement"):
        said = zip(("source", "target"), claim.get("sides", ["NO", "NO"]), strict=True)
        sides = {side: (claim[f"{side}_problem"], claim[side]) for side, answer in said if answer == "NO"}
    elif claim["claim"] in ("enclosure", "fact"):
        sides = {}
    else:
        side = {"minimum": "below", "bounds": "below", "lemma": "exception"}.get(claim["claim"], "instance")
        threshold = {"threshold": claim["low"]} if claim["claim"] == "bounds" else {}
        sides = {side: (claim["problem"], claim["instance"] | threshold)}
    found = [(line["side"], line["refute"]) for line in lines if line.get("refute", "all") != "all"]
    if found:
        assert found == [(side, case) for side, (_, instance) in sides.items() for case in cases(instance)]
    sections = [i for i, line in enumerate(lines) if "side" in line]  # witnesses may come after
    common = []  # the header of what cases have in common, and its steps
    for start, end in pairwise([*sections, len(lines)]):
        header = lines[start]
        if header.get("refute") == "all":
            common = lines[start:end]
        elif "refute" in header:
            problem, instance = sides[header["side"]]
            before = common if common and common[0]["side"] == header["side"] else []
            assert ("symmetry" in header) != bool(before)
            shown = instance, claim.get("property"), header, lines[start + 1 : end], before
            yield problem, *map(json.dumps, shown)


def cases(instance):
    """Training has a case for every number of neurons that may have output weight +1, the other problems have one."""
    if "neurons" not in instance:
        return [0]
    return range(0 if instance["output"] == "signs" else instance["neurons"], instance["neurons"] + 1)


@cache
def case_is_refuted(problem, instance, claimed, header, steps, common):
    """common: the header of steps in common and these, if there are any; they follow from what is common."""
    header, steps, claimed, common = map(json.loads, (header, steps, claimed, common))
    encoding = ENCODINGS[problem]
    instance = PROBLEMS[problem].instance_from_json(json.loads(instance))
    case, below = header["refute"], header["side"] == "below"
    if common:
        choice, formulas = common[0]["symmetry"], encoding.formulas(instance, below)
        before = Meaning(formulas.common(choice))
        if not all(before.apply(step) for step in common[1:]):
            return False
        last_atom = max(formulas.common(choice).last_atom, *before.atoms)
        meaning = Meaning(formulas(case, choice, Formula(last_atom=last_atom, last_id=before.last_id)))
        meaning.take(before)
    elif claimed is None:
        meaning = Meaning(encoding.formula(instance, case, header["symmetry"], below))
    else:
        read = property_from_json(claimed, encoding.property_variables(instance))
        meaning = Meaning(encoding.exceptions(instance, case, header["symmetry"], read))
    ends = [] in (steps[-1].get(key) for key in ("rup", "farkas", "count"))
    return ends and all(meaning.apply(step) for step in steps)


def require_refused_or_proof(data):
    """No exception, one of the verdicts, and acceptance of proofs only; returns the verdict."""
    verdict = verdict_of(data).verdict
    assert verdict in EXIT_CODES
    if verdict == "accepted":
        lines = [loads(line) for line in data.decode("ascii").splitlines()]
        assert lines.pop() == {"end": len(lines) + 1}
        assert is_proof(lines)
    return verdict


@pytest.mark.parametrize("path", sorted((CORPUS / "accept").iterdir()), ids=lambda path: path.name)
def test_the_corpus_itself_is_proofs(path):
    assert require_refused_or_proof(unpacked(path)) == "accepted"


@pytest.mark.parametrize("most", [30, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_number_and_every_element(name, most):
    """At 30 places that are spread evenly, or at all."""
    lines = SUBJECTS[name]()
    refused = total = 0
    everywhere = list(places(lines))[1:]
    for place in everywhere[:: 1 if most is None else -(-len(everywhere) // most)]:
        value = at(lines, place)
        shorter = copied(lines)
        remove(shorter, place)
        mutants = [shorter]
        if type(value) is int:
            for changed in (value + 1, -value, value == 1, str(value)):
                mutants.append(copied(lines))
                put(mutants[-1], place, changed)
        for damaged in mutants:
            if damaged != lines or json.dumps(damaged) != json.dumps(lines):
                total += 1
                refused += require_refused_or_proof(closed(damaged)) != "accepted"
    anything_fails = any("fails" in line for line in lines)  # so that changing it changes little
    assert refused >= (0.5 if anything_fails else 0.75) * total


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from('{}[]":,0-1e.n \n\x1f\x8b'), max_size=60).map(lambda s: "".join(s).encode())
)
def test_noise(data):
    assert verdict_of(data).verdict == "malformed"
