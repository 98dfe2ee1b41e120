"""Damaged certificates, and what becomes of them: made at random from a seed, shared by `make test` and `make fuzz`.

A mutant that is accepted must have a true claim, which `independent` decides. Every mutant depends on its seed number
alone, so that one that is found can be made again.
"""

from __future__ import annotations

import gzip
import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

from files import closed, copied, read_lines, verdict_of
from independent import is_claim, judge_certificate

from relucert.reductions import reduction
from relucert.reductions.exact import InvalidInstance

Lines = list[Any]
Path = tuple[Any, ...]

CHOICES = (  # what else may stand in the place of a word
    ("accepts", "rejects", "minimum", "bounds", "lemma", "equivalence", "promise", "agreement", "disagreement",
     "enclosure", "fact", "sweep"),
    ("YES", "NO", "FAILS"),
    ("relu", "threshold", "leaky-relu"),
    ("ones", "signs", "real"),
    ("exact", "l0", "l1", "l2", "linf"),
    ("instance", "below", "source", "target", "exception", "promised"),
    ("and", "or"),
    ("hypergraph-coloring", "set-cover", "monotone-circuit", "densest-subgraph", "one-in-three",
     "two-hyperplane-strip", "two-hyperplane-separability", "multicolored-clique", "sat", "three-sat", "vertex-cover",
     "clique", "independent-set", "max-cut", "training", "sat-groups", "sign-cnn", "random-network-fit",
     "random-cnn-fit"),
    ("parity-correlation", "parity-coefficient", "error-gap", "first-term", "growth-base", "growth-limit",
     "irrelevant-minimum", "least-opt"),
    ("graphs", "hypergraphs", "set-systems", "triples", "formulas", "coloured-graphs", "points-on-a-line",
     "points-in-a-square"),
)  # fmt: skip
KEYS = ("le", "lt", "rup", "farkas", "count", "tangent", "tangents", "units", "at", "as", "atom", "define", "end", "id",
        "witness", "fails", "refute", "side", "claim", "x")  # fmt: skip
MOST_WORDS = 10**5  # of a target that is built only for its hash
ODD = (2**60, 2**61, 10**30, 10**3999, 0.5, 1.0, float("nan"), None, True, False, "", "1/2", "-1/2", "2/4", "1_0",
       "1e9", "l0", [], [0], [[0, 1]], {}, "x" * 200)  # fmt: skip


# ------------------------------------------------------------------------------------------------------ places in JSON


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all values inside a JSON value."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, item: Any) -> None:
    at(value, path[:-1])[path[-1]] = item


def remove(value: Any, path: Path) -> None:
    del at(value, path[:-1])[path[-1]]


# ------------------------------------------------------------------------------------------------------- small changes


def near(rng: Random, value: Any) -> Any:
    """Another value of the same kind, and close; now and then one of another kind."""
    if rng.random() < 0.04:
        return copied(rng.choice(ODD))
    if value is None:
        return rng.choice((1, 2, "1/2", [0, 1], [[0, 1]]))
    if type(value) is bool:
        return not value
    if type(value) is int or (type(value) is str and "/" in value and value.count("/") == 1 and is_fraction(value)):
        return rational(moved(rng, Fraction(value)))
    if type(value) is str:
        group = next((group for group in CHOICES if value in group), (value, "", value.upper()))
        return rng.choice(group)
    if type(value) is list:
        return changed_list(rng, value)
    return None


def moved(rng: Random, value: Fraction) -> Fraction:
    step = Fraction(1, value.denominator)
    others = (value + step, value - step, value + 1, value - 1, -value, 2 * value, value / 2, value / 3, Fraction(0),
              Fraction(1), Fraction(rng.randint(-3, 12)))  # fmt: skip
    return rng.choice(others)


def is_fraction(text: str) -> bool:
    numerator, denominator = text.split("/")
    return numerator.lstrip("-").isdecimal() and denominator.isdecimal() and int(denominator) > 0


def rational(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


def changed_list(rng: Random, value: list[Any]) -> Any:
    """One element less, twice, in another place, or changed; or nothing instead of the list."""
    value = copied(value)
    if not value or rng.random() < 0.1:
        return rng.choice((None, [], [0], [copied(value)]))
    i, j = rng.randrange(len(value)), rng.randrange(len(value))
    kind = rng.choice(("less", "twice", "swap", "changed copy"))
    if kind == "less":
        del value[i]
    elif kind == "swap":
        value[i], value[j] = value[j], value[i]
    else:
        item = copied(value[i])
        value.insert(j, near(rng, item) if kind == "changed copy" else item)
    return value


# --------------------------------------------------------------------------------------------------- kinds of mutants


def change_claim(rng: Random, lines: Lines, _others: Sequence[Lines]) -> None:
    """Another claim with the same evidence: a number, a word, an inequality, a list; the hash is that of its target.

    Most changes leave no claim at all, which the checker sees at once, so a few are tried.
    """
    for _ in range(rng.choice((1, 20, 20, 20))):
        claim = copied(lines[0])
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            change_value(rng, claim)
        if is_claim(claim) and claim != lines[0]:
            break
    lines[0] = claim
    if claim.get("claim") in ("equivalence", "promise") and rng.random() < 0.9:
        hash_again(claim)


def change_member(rng: Random, lines: Lines) -> None:
    """Members of a sweep left out, repeated or exchanged, with their evidence; or another source, hashed again."""
    starts = [i for i, line in enumerate(lines) if "source" in line and "claim" not in line]
    members = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    if rng.random() < 0.5:
        changed = changed_list(rng, members) or []
        lines[starts[0] :] = [line for member in changed if isinstance(member, list) for line in member]
    else:
        member = lines[rng.choice(starts)]
        path = rng.choice([path for path in places(member) if path and path[0] == "source"])
        put(member, path, near(rng, at(member, path)))
        hash_again(member, lines[0])
    if isinstance(lines[0].get("answers"), dict) and rng.random() < 0.7:
        said = [line.get("answer") for line in lines if isinstance(line, dict) and "source" in line]
        lines[0]["answers"] = {answer: said.count(answer) for answer in ("NO", "YES")}


def change_value(rng: Random, claim: Any) -> None:
    inside = [path for path in places(claim) if path and path[0] not in ("format", "target_sha256")]
    if rng.random() < 0.2:  # words are few among the numbers
        inside = [path for path in inside if type(at(claim, path)) in (str, bool, type(None))] or inside
    path = rng.choice(inside)
    if path[-1] in ("le", "lt") and rng.random() < 0.5:
        parent = at(claim, path[:-1])
        parent["lt" if path[-1] == "le" else "le"] = parent.pop(path[-1])
    else:
        put(claim, path, near(rng, at(claim, path)))


def hash_again(claim: Any, of: Any = None) -> None:
    """Otherwise every change of a source would be refused for its hash. What would be large is left to be refused.

    of: the claim that names the reduction, if it is another one.
    """
    of = of or claim
    try:
        r = reduction(of["reduction"], of["parameters"])
        source = r.source.instance_from_json(claim["source"])
        if all(size.words <= MOST_WORDS for size in r.stages(source)):
            claim["target_sha256"] = r.target.sha256(r.reduce(source))
    except (InvalidInstance, TypeError, KeyError):
        pass


def change_line(rng: Random, lines: Lines, others: Sequence[Lines]) -> None:
    """Values, keys and lines, anywhere."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        if not lines:
            return
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        kind = rng.choice(("value", "value", "value", "swap values", "remove", "key", "line", "foreign line"))
        if kind == "line":
            change_order(rng, lines, i, j)
            continue
        if kind == "foreign line":
            lines[i] = copied(rng.choice(rng.choice(others)))
            continue
        inside = [path for path in places(lines[i]) if path]
        if not inside:
            continue
        path, there = rng.choice(inside), rng.choice(inside)
        if kind == "value":
            put(lines[i], path, near(rng, at(lines[i], path)))
        elif kind == "remove":
            remove(lines[i], path)
        elif kind == "swap values" and path[: len(there)] != there and there[: len(path)] != path:
            first, second = at(lines[i], path), at(lines[i], there)
            put(lines[i], path, second)
            put(lines[i], there, first)
        elif kind == "key" and isinstance(lines[i], dict):
            lines[i][rng.choice(KEYS)] = lines[i].pop(rng.choice(sorted(lines[i])))


def change_order(rng: Random, lines: Lines, i: int, j: int) -> None:
    kind = rng.choice(("delete", "duplicate", "swap", "move"))
    if kind == "swap":
        lines[i], lines[j] = lines[j], lines[i]
        return
    line = lines[i] if kind == "duplicate" else lines.pop(i)
    if kind != "delete":
        lines.insert(j, copied(line))


def change_evidence(rng: Random, lines: Lines, others: Sequence[Lines]) -> None:
    """The evidence as a whole: that of another certificate, cases in another order or left out, sides, symmetries."""
    kind = rng.choice(("foreign", "cases", "side", "symmetry", "claim"))
    starts = [i for i, line in enumerate(lines) if isinstance(line, dict) and "refute" in line]
    if kind == "foreign":
        lines[1:] = copied(rng.choice(others)[1:])
    elif kind == "side":
        side = rng.choice(CHOICES[5])
        for line in lines[1:]:
            if "side" in line:
                line["side"] = side
    elif kind == "cases" and starts:
        cases = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
        changed = changed_list(rng, cases) or []
        lines[starts[0] :] = [line for case in changed if isinstance(case, list) for line in case]
    elif kind == "symmetry" and starts:
        samples = rng.sample(range(4), rng.randint(1, 3))
        functional = [[t, rng.choice((-1, 1, 2))] for t in sorted(rng.sample(range(3), rng.randint(1, 2)))]
        choice = rng.choice((None, [], samples, functional, {"along": 0, "line": samples}, {"order": samples}))
        start = lines[rng.choice(starts)]
        start["symmetry"] = rng.choice((choice, {"normal": choice}, {"normal": start.get("symmetry")}))
    else:
        change_claim(rng, lines, others)


def damage_bytes(rng: Random, data: bytes) -> bytes:
    content = bytearray(gzip.compress(data, mtime=0) if rng.random() < 0.1 else data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(content) + 1)
        kind = rng.choice(("flip", "cut", "insert", "delete", "digit", "digit"))
        if kind == "flip":
            content[place : place + 1] = bytes(b ^ (1 << rng.randrange(8)) for b in content[place : place + 1])
        elif kind == "cut":
            del content[place:]
        elif kind == "insert":
            content[place:place] = rng.choice((b"-", b"1", b",", b"\n", b"\0", b"\xff", b" ", b"[", b"}"))
        elif kind == "delete":
            del content[place : place + rng.randint(1, 30)]
        else:
            digits = [i for i, b in enumerate(content) if 48 <= b < 58]
            if digits:
                place = rng.choice(digits)
                content[place : place + 1] = rng.choice((b"0", b"1", b"2", b"3", b"7", b"10", b"-1"))
    return bytes(content)


Change = Callable[[Random, Lines, Sequence[Lines]], None]
CHANGES: tuple[Change, ...] = (change_claim, change_line, change_evidence)


def mutant(seed: str, family: Sequence[Lines]) -> bytes:
    """The mutant of this number, of one certificate of a family; the others lend lines to it."""
    rng = Random(seed)
    lines = rng.choice(family)
    kind = rng.choices((*CHANGES, None), (45, 30, 15, 10))[0]
    if kind is None:
        return damage_bytes(rng, closed(lines))
    lines = copied(lines)
    if lines[0]["claim"] == "sweep" and rng.random() < 0.5:
        change_member(rng, lines)
    else:
        kind(rng, lines, family)
    return closed(lines)


# ---------------------------------------------------------------------------------------------- what becomes of them

FALSE, TRACEBACK = "accepted false", "traceback"
OUTCOMES = ("accepted true", FALSE, "accepted undecided", "rejected", "malformed", "limit", "unsupported", TRACEBACK)


def outcome(data: bytes) -> str:
    """What the checker says of a mutant and, if it accepts, the oracle; any exception of the checker is its failure."""
    try:
        judged = verdict_of(data)
    except Exception:
        return TRACEBACK
    verdict = judged.verdict
    if verdict == "unsupported" and "which is a bug" in judged.reason:
        return TRACEBACK
    if verdict == "accepted":
        lines = read_lines(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        return f"accepted {judge_certificate(lines)}"
    return "limit" if verdict == "resource-limit" else verdict


@dataclass
class Report:
    """How many mutants came to which end, and the numbers and bytes of those that should not have."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str, bytes]] = field(default_factory=list)  # seed, outcome, mutant
    other_claims: int = 0  # that were accepted: the oracle has something to do

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[name]} {name}" for name in OUTCOMES)


def run(family: Sequence[Lines], seeds: Iterator[str]) -> Report:
    report = Report()
    originals = {json.dumps(lines[0], sort_keys=True) for lines in family}
    for seed in seeds:
        data = mutant(seed, family)
        end = outcome(data)
        report.counts[end] += 1
        if end.startswith("accepted") and data[:1] == b"{":
            report.other_claims += json.dumps(read_lines(data)[0], sort_keys=True) not in originals
        if end in (FALSE, TRACEBACK):
            report.failures.append((seed, end, data))
    return report


def reason(data: bytes) -> str:
    """For a failure's report: the traceback, or what was accepted."""
    try:
        return str(verdict_of(data))
    except Exception:
        return traceback.format_exc(limit=-3)
