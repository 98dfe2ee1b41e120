"""Damaged certificates: the checker never raises, and accepts nothing that has become wrong.

A mutant may be accepted only if it is a proof in its own right, which is established without the checker: its claim is
true by brute force or by Z3's own decision, and, in a refutation, every step follows from exactly the constraints that
it cites (or introduces a fresh atom), each has a fresh id, and the last of each case is the empty clause. What this
lets through are changes without meaning: spaces, the order of keys, steps or multipliers or hints that do no harm, ids
that nothing refers to, another true claim with the same evidence. Everything else must be refused.
"""

import copy
import gzip
import json
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from independent import CORPUS, Meaning, claim_is_true, closed, lines_of, unpacked, verdict_of

from certificates.checker import EXIT_CODES
from certificates.encodings import encoding_of
from reductions import PROBLEMS, reduction
from reductions.core import loads

FILES = sorted((CORPUS / "accept").iterdir())
SMALL_FILES = [path for path in FILES if path.suffix == ".jsonl" and path.stat().st_size < 3000]
LINES = {path: lines_of(path) for path in SMALL_FILES}


def is_proof(lines):
    return claim_is_true(lines) and all(case_is_refuted(*case) for case in refuted_cases(lines))


def refuted_cases(lines):
    """The refutations in a certificate: problem, instance, header and steps, all as JSON text."""
    claim = lines[0]
    if claim["claim"] == "equivalence":
        r = reduction(claim["reduction"], claim["parameters"])
        target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(claim["source"])))
        sides = {"source": (r.source.name, claim["source"]), "target": (r.target.name, target)}
    else:
        side = "below" if claim["claim"] == "minimum" else "instance"
        sides = {side: (claim["problem"], claim["instance"])}
    starts = [i for i, line in enumerate(lines) if "refute" in line]
    if starts:
        found = [(lines[i]["side"], lines[i]["refute"]) for i in starts]
        assert found == [(side, case) for side, (_, instance) in sides.items() for case in cases(instance)]
    for start, end in pairwise([*starts, len(lines)]):
        problem, instance = sides[lines[start]["side"]]
        yield problem, *map(json.dumps, (instance, lines[start], lines[start + 1 : end]))


def cases(instance):
    """Training has a case for every number of neurons that may have output weight +1, the other problems have one."""
    if "neurons" not in instance:
        return [0]
    return range(0 if instance["output"] == "signs" else instance["neurons"], instance["neurons"] + 1)


@cache
def case_is_refuted(problem, instance, header, steps):
    header, steps = json.loads(header), json.loads(steps)
    encoding = encoding_of(PROBLEMS[problem])
    instance = PROBLEMS[problem].instance_from_json(json.loads(instance))
    meaning = Meaning(encoding.formula(instance, header["refute"], header["symmetry"], header["side"] == "below"))
    ends = [] in (steps[-1].get(key) for key in ("rup", "farkas", "count"))
    return ends and all(meaning.apply(step) for step in steps)


def require_refused_or_proof(data):
    """No exception, one of the four verdicts, and acceptance of proofs only; returns the verdict."""
    verdict = verdict_of(data).verdict
    assert verdict in EXIT_CODES
    if verdict == "accepted":
        lines = [loads(line) for line in data.decode("ascii").splitlines()]
        assert lines.pop() == {"end": len(lines) + 1}
        assert is_proof(lines)
    return verdict


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_corpus_itself_is_proofs(path):
    assert require_refused_or_proof(unpacked(path)) == "accepted"


# ---------------------------------------------------------------------------------------- every place, one small change


def places(value, path=()):
    """The paths of all values inside a JSON value."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def with_value(lines, path, value):
    lines = copy.deepcopy(lines)
    at(lines, path[:-1])[path[-1]] = value
    return lines


def without(lines, path):
    lines = copy.deepcopy(lines)
    del at(lines, path[:-1])[path[-1]]
    return lines


@pytest.mark.parametrize("path", SMALL_FILES, ids=lambda path: path.name)
def test_every_number_and_every_element(path):
    lines = LINES[path]
    refused = total = 0
    for place in list(places(lines))[1:]:
        value = at(lines, place)
        mutants = [without(lines, place)]
        if type(value) is int:
            mutants += [with_value(lines, place, changed) for changed in (value + 1, -value, value == 1, str(value))]
        for mutant in mutants:
            if mutant != lines or json.dumps(mutant) != json.dumps(lines):
                total += 1
                refused += require_refused_or_proof(closed(mutant)) != "accepted"
    assert refused >= 0.75 * total


# ------------------------------------------------------------------------------------------------ anywhere, any change

SCALARS = (
    st.integers(-3, 40)
    | st.sampled_from([2**60, 2**61, 10**30, 10**3999, -1, 0, 1, 2, 0.5, 1.0, None, True, False, float("nan")])
    | st.sampled_from(
        ["", "1/2", "2/4", "1_0", "1e9", "YES", "NO", "accepts", "rejects", "minimum", "target", "source", "instance"]
    )
    | st.sampled_from(["below", "l0", "l1", "l2", "linf", "exact", "set-cover", "monotone-circuit", "and", "or"])
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.lists(st.lists(SCALARS, max_size=3), max_size=3)
KEYS = (
    "rup",
    "farkas",
    "count",
    "tangent",
    "at",
    "as",
    "atom",
    "define",
    "end",
    "id",
    "le",
    "lt",
    "witness",
    "refute",
    "side",
    "claim",
    "x",
)


@st.composite
def damaged_lines(draw):
    """The lines of one or two certificates after one to three changes."""
    lines = copy.deepcopy(LINES[draw(st.sampled_from(SMALL_FILES))])
    for _ in range(draw(st.integers(1, 3))):
        if not lines:
            break
        i = draw(st.integers(0, len(lines) - 1))
        j = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(["value", "swap values", "remove", "key", "line", "foreign line"]))
        if kind == "line":
            change = draw(st.sampled_from(["delete", "duplicate", "swap", "move"]))
            if change == "swap":
                lines[i], lines[j] = lines[j], lines[i]
            else:
                line = lines[i] if change == "duplicate" else lines.pop(i)
                if change != "delete":
                    lines.insert(j, copy.deepcopy(line))
            continue
        if kind == "foreign line":
            other = LINES[draw(st.sampled_from(SMALL_FILES))]
            lines[i] = copy.deepcopy(draw(st.sampled_from(other)))
            continue
        inside = [place for place in places(lines[i]) if place] if isinstance(lines[i], dict | list) else []
        if not inside:
            continue
        place = draw(st.sampled_from(inside))
        if kind == "value":
            old = at(lines[i], place)
            near = [old + 1, old - 1, -old, 2 * old, str(old)] if type(old) is int else [[old], not old]
            lines[i] = with_value(lines[i], place, draw(st.sampled_from(near) | VALUES))
        elif kind == "swap values":
            there = draw(st.sampled_from(inside))
            first, second = at(lines[i], place), at(lines[i], there)
            if place[: len(there)] != there and there[: len(place)] != place:
                lines[i] = with_value(with_value(lines[i], place, second), there, first)
        elif kind == "remove":
            lines[i] = without(lines[i], place)
        elif isinstance(lines[i], dict):
            old = draw(st.sampled_from(sorted(lines[i])))
            lines[i][draw(st.sampled_from(KEYS))] = lines[i].pop(old)
    return lines


@settings(max_examples=1200)
@given(damaged_lines())
def test_damaged_lines(lines):
    event(require_refused_or_proof(closed(lines)))


@settings(max_examples=600)
@given(st.sampled_from(FILES), st.data())
def test_damaged_bytes(path, data):
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(content) - 1, 0)))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "delete", "digit"]))
        if kind == "flip":
            bit = 1 << data.draw(st.integers(0, 7))
            content[place : place + 1] = bytes(b ^ bit for b in content[place : place + 1])
        elif kind == "cut":
            del content[place:]
        elif kind == "insert":
            content[place:place] = data.draw(st.sampled_from([b"-", b"1", b",", b"\n", b"\0", b"\xff"]))
        elif kind == "delete":
            del content[place : place + data.draw(st.integers(1, 30))]
        elif content[place : place + 1].isdigit():
            content[place : place + 1] = data.draw(st.sampled_from([b"0", b"1", b"2", b"7", b"10"]))
    damaged = bytes(content)
    if damaged[:2] != b"\x1f\x8b":
        event(require_refused_or_proof(damaged))
    elif verdict_of(damaged).verdict == "accepted":  # the checksum protects the content, not the header
        assert gzip.decompress(damaged) == unpacked(path)


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from('{}[]":,0-1e.n \n\x1f\x8b'), max_size=60).map(lambda s: "".join(s).encode())
)
def test_noise(data):
    assert verdict_of(data).verdict == "malformed"
