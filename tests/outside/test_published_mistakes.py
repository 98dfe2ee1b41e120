"""The published mistakes: each is caught, made small and certified; and without the mistake no law is broken."""

import io
import json
import random
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations, islice, permutations
from pathlib import Path

import pytest
from relucert_published_mistakes import mended, search, wrong
from relucert_published_mistakes.consecutive_ones import MatrixInstance
from relucert_published_mistakes.job_shop import JobShopInstance
from relucert_published_mistakes.partition import PartitionInstance
from relucert_published_mistakes.trusted import PLUGIN
from relucert_published_mistakes.weight_constrained_path import PathInstance

from relucert.certificates.catalogue import BUILTIN
from relucert.certificates.checker import check
from relucert.certificates.kernel import Linear
from relucert.certificates.plugin import join
from relucert.certificates.writer import No
from relucert.reductions import PROBLEMS
from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat
from relucert.reductions.graphs import Graph
from relucert.reductions.reduction import Reduction
from relucert.testing import Findings, Law, ReductionBroken, assert_reduction
from relucert.verify.certify import certify_reduction
from relucert.verify.problems import SEARCHES
from relucert.verify.provers.base import Unknown
from relucert.verify.testing.fuzz import counterexamples
from relucert.verify.testing.laws import decide_in_process

NAME = "relucert-published-mistakes"
OWN = {one.problem.name: one for one in vars(search).values() if isinstance(one, search.Search)}
FOUND = SEARCHES.join({name: lambda one=one: [one] for name, one in OWN.items()})
TRUSTING = join(BUILTIN, PLUGIN, f"{NAME} 1.0")
TABLE = Path(search.__file__).parents[1] / "README.md"


@dataclass
class Mistake:
    """sides: what its certificate shows; none if the law is not about answers. others: laws that it breaks, too."""

    wrong: type[Reduction]
    mended: type[Reduction]
    law: Law
    source: str
    sides: str = ""
    others: Mapping[Law, tuple[str, str]] = field(default_factory=dict)

    @property
    def needs_trust(self):
        return self.wrong.source.name not in PROBLEMS


ONE = '{"numbers":[1]}'
MISTAKES = [
    Mistake(wrong.OneBoundOnly, mended.PartitionToPath, Law.ANSWER, ONE, "NO/YES",
        {Law.BACKWARD: ('{"numbers":[1,1]}', "FAILS/YES")}),
    Mistake(wrong.SeparatorOnOneProcessor, mended.PartitionToJobShop, Law.ANSWER, ONE, "NO/YES"),
    Mistake(wrong.NoPendantEdges, mended.HamiltonianPathToConsecutiveOnes, Law.ANSWER,
        '{"edges":[[0,1],[0,2],[0,3]],"vertices":4}', "NO/YES",
        {Law.BACKWARD: ('{"edges":[[0,1],[0,2],[0,3],[1,2]],"vertices":4}', "FAILS/YES")}),
    Mistake(wrong.VariableInNoClause, wrong.VariableInNoClauseMended, Law.BACKWARD,
        '{"clauses":[[2]],"variables":2}', "FAILS/YES"),
    Mistake(wrong.PaddingReadAsSolution, wrong.PaddingReadAsSolutionMended, Law.BACKWARD,
        '{"budget":1,"edges":[],"vertices":3}', "FAILS/YES"),
    Mistake(wrong.OverheadTooSmall, SatToThreeSat, Law.DECLARED, '{"clauses":[[1,2,3,4,5]],"variables":5}'),
    Mistake(wrong.RoomTooSmall, wrong.RoomTooSmallMended, Law.FORWARD,
        '{"clauses":[[1,2,3,4,5],[1,2,3,4]],"variables":5}', "YES/FAILS"),
]  # fmt: skip
all_mistakes = pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.wrong.__name__ for mistake in MISTAKES])


def certificate_of(example, sides, needs_trust):
    """It is accepted, and without trust unsupported if a problem is not built in."""
    made = example.certified(TRUSTING)
    assert made.answer == sides
    believed = check(io.BytesIO(made.certificate), catalogue=TRUSTING)
    assert (believed.verdict, believed.claim, believed.answer) == ("accepted", "disagreement", sides)
    assert believed.trusting == ((f"{NAME} 1.0",) if needs_trust else ())
    assert check(io.BytesIO(made.certificate)).verdict == ("unsupported" if needs_trust else "accepted")


def renumbered(text):
    """Of a graph, the first in order of the same graphs with other numbers; anything else as it is."""
    data = json.loads(text)
    if "edges" not in data:
        return data
    numberings = permutations(range(data["vertices"]))
    return {**data, "edges": min(sorted(sorted(new[v] for v in e) for e in data["edges"]) for new in numberings)}


@pytest.mark.thorough
@pytest.mark.parametrize(
    "mistake",  # a formula of long clauses takes hypothesis long to shrink
    [
        pytest.param(mistake, id=mistake.wrong.__name__, marks=[pytest.mark.slow] * (mistake.source.count(",") > 4))
        for mistake in MISTAKES
    ],
)
def test_it_is_caught_and_certified(mistake):
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(mistake.wrong(), searches=FOUND, max_examples=600)
    example = broken.value.counterexample
    expected = {mistake.law: (mistake.source, mistake.sides), **mistake.others}
    source, sides = expected[example.law]
    assert renumbered(example.instance_file()) == renumbered(source)
    assert f"{mistake.wrong.name} breaks a law: {example.law.value}\n" in f"{broken.value}\n"
    assert f"\n{example.instance_file()}" in str(broken.value)
    if sides:
        certificate_of(example, sides, mistake.needs_trust)
    else:
        assert example.certified(TRUSTING) == Unknown("this law is not about answers")


@pytest.mark.slow
@pytest.mark.parametrize("mistake", [pytest.param(m, id=m.wrong.__name__) for m in MISTAKES if m.others])
def test_every_law_that_it_breaks_is_caught(mistake):
    """Opposite answers on one instance, and on another a solution whose image is none."""
    expected = {mistake.law: (mistake.source, mistake.sides), **mistake.others}
    found = {}
    for example in counterexamples(mistake.wrong(), Findings(), FOUND, 1, 1000, lambda: False):
        found[example.law] = example
    shown = {law: renumbered(example.instance_file()) for law, example in found.items()}
    assert shown == {law: renumbered(source) for law, (source, _) in expected.items()}
    for law, (_, sides) in expected.items():
        certificate_of(found[law], sides, mistake.needs_trust)


@pytest.mark.slow
@all_mistakes
def test_without_the_mistake_no_law_is_broken(mistake, shares):
    found = assert_reduction(mistake.mended(), searches=FOUND, max_examples=60)
    assert not found.unchecked
    shares(found.answers["YES"], found.answers["NO"])


@pytest.mark.parametrize("numbers", [(1, 2, 6), (1, 2, 3, 10), (4, 4, 4, 6, 6, 6)])
@pytest.mark.parametrize("mistake", MISTAKES[:2], ids=["OneBoundOnly", "SeparatorOnOneProcessor"])
def test_instances_of_the_reports(mistake, numbers):
    """A NO whose target is a YES; the target of the mended reduction is a NO, with a certificate of both."""
    source = PartitionInstance(numbers)
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(mistake.wrong(), sources=[source], searches=FOUND)
    example = broken.value.counterexample
    assert (example.law, example.source) == (Law.ANSWER, source)
    certificate_of(example, "NO/YES", needs_trust=True)
    both = certify_reduction(mistake.mended(), source, decided, TRUSTING)
    assert (both.answer, both.verdict.claim) == ("NO", "equivalence")


def decided(problem, instance):
    return decide_in_process(problem, instance, searches=FOUND)


def test_nobody_is_asked_to_trust_a_mistake():
    assert not {mistake.wrong for mistake in MISTAKES} & {*PLUGIN.reductions}


def test_the_table_shows_what_is_found():
    table = TABLE.read_text()
    for mistake in MISTAKES:
        [row] = [line for line in table.splitlines() if line.startswith(f"| `{mistake.wrong.__name__}`")]
        assert f"`{mistake.source}`" in row
        assert mistake.law.value in row
        assert (f"`{mistake.sides}`" if mistake.sides else "none") in row


# ------------------------------------------------------------------------------------------------------- the encodings


def true_in(formula, values):
    """Whether an assignment satisfies a formula."""

    def true(literal):
        meaning = formula.atoms[abs(literal)]
        if isinstance(meaning, Linear):
            return (sum(a * values.reals.get(v, 0) for v, a in meaning.terms) <= meaning.bound) == (literal > 0)
        return (abs(literal) in values.true) == (literal > 0)

    return all(any(map(true, clause)) for clause in formula.clauses.values()) and all(
        sum(a for literal, a in constraint.terms.items() if true(literal)) >= constraint.degree
        for constraint in formula.pseudo_booleans.values()
    )


def some_instances(name, rng):
    """Small ones of a problem, not only targets of a reduction."""
    while True:
        if name == "partition":
            yield PartitionInstance(tuple(rng.randint(1, 4) for _ in range(rng.randint(1, 6))))
        elif name == "weight-constrained-path":
            n = rng.randint(2, 5)
            ends = (sorted(rng.sample(range(n), 2)) for _ in range(rng.randint(1, 2 * n)))
            edges = tuple((u, v, rng.randint(1, 4), rng.randint(1, 4)) for u, v in ends)
            yield PathInstance(n, edges, rng.randint(2, 8), rng.randint(2, 8))
        elif name == "job-shop":
            first = (rng.randrange(2) for _ in range(rng.randint(1, 3)))
            jobs = (tuple(((p + k) % 2, rng.randint(1, 3)) for k in range(rng.randint(1, 3))) for p in first)
            yield JobShopInstance(tuple(jobs), rng.randint(3, 9))
        elif name == "hamiltonian-path":
            n = rng.randint(1, 5)
            yield Graph(n, tuple(pair for pair in combinations(range(n), 2) if rng.random() < 0.5))
        else:
            columns = rng.randint(3, 6)
            rows = tuple(tuple(rng.randrange(2) for _ in range(columns)) for _ in range(rng.randint(3, 7)))
            yield MatrixInstance(rows, columns, columns - rng.choice((0, 0, 0, 1, 2, -1)))


@pytest.mark.thorough
@pytest.mark.parametrize("encoding", PLUGIN.encodings, ids=[encoding.problem.name for encoding in PLUGIN.encodings])
def test_encodings(encoding, shares):
    """Every witness satisfies the formula; and a formula is refuted iff brute force finds no witness."""
    problem, rng, answers = encoding.problem, random.Random(1), {"YES": 0, "NO": 0}
    for instance in islice(some_instances(problem.name, rng), 150):
        formula = encoding.formula(instance, 0, None)
        witnesses = [w for w in OWN[problem.name].candidates(instance) if problem.accepts(instance, w)]
        for witness in witnesses[:50]:
            assert true_in(formula, encoding.assignment(instance, witness, 0, None))
        answer = "YES" if witnesses else "NO"
        assert isinstance(decided(problem, instance), No) == (answer == "NO")
        answers[answer] += 1
    shares(answers["YES"], answers["NO"])


@pytest.mark.parametrize("encoding", PLUGIN.encodings, ids=[encoding.problem.name for encoding in PLUGIN.encodings])
def test_what_a_formula_holds_is_said_before(encoding):
    """In words of the kernel, roughly: an atom, and each number in a clause or constraint, is at least one."""
    for instance in islice(some_instances(encoding.problem.name, random.Random(2)), 100):
        formula = encoding.formula(instance, 0, None)
        parts = chain(formula.clauses.values(), (c.terms for c in formula.pseudo_booleans.values()))
        assert 10 * len(formula.atoms) + sum(30 + 5 * len(part) for part in parts) <= encoding.words(instance, None)


@pytest.mark.parametrize("problem", PLUGIN.problems, ids=[problem.name for problem in PLUGIN.problems])
def test_instances_are_read_again(problem):
    for instance in islice(some_instances(problem.name, random.Random(3)), 30):
        text = "".join(problem.canonical(instance))
        assert problem.read(text, ".json", {}) == (instance, ())
        assert problem.sha256(instance) == problem.sha256(problem.instance_from_json(json.loads(text)))


# ---------------------------------------------------------------------------------------------------------- installed


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["partition-to-weight-constrained-path", "partition-to-job-shop"])
@pytest.mark.parametrize(("numbers", "answer"), [([1, 2, 3], "YES"), ([1, 2, 6], "NO")])
def test_the_mended_ones_are_certified(fresh, relucert, name, numbers, answer):
    (fresh[0] / "numbers.json").write_text(json.dumps({"numbers": numbers}))
    made = relucert("certify", name, "numbers.json", "-o", "numbers.cert", "--trust", NAME)
    assert (made.returncode, made.stdout.split()[0], made.stderr) == (0, answer, "")
    checked = relucert("check", "numbers.cert", "--source", "numbers.json", "--strict", "--trust", NAME)
    assert checked.stdout.startswith(f"numbers.cert: accepted, trusting {NAME} 1.0: equivalence {name} {answer} (")
    assert relucert("check", "numbers.cert").returncode == 3


@pytest.mark.thorough
def test_fuzz_keeps_the_certificate(fresh, relucert):
    wrong_one = "relucert_published_mistakes.wrong:SeparatorOnOneProcessor"
    made = relucert("fuzz", wrong_one, "--trust", NAME, "--examples", 200, "--save", "found")
    assert made.returncode == 1
    command = made.stderr.split("  relucert ")[1].splitlines()[0]
    again = relucert(*shlex.split(command))
    assert again.returncode == 1
    assert again.stdout.startswith(f"separator-on-one-processor breaks a law: {Law.ANSWER.value}\n")
    file = "found/separator-on-one-processor-answer.cert"
    checked = relucert("check", file, "--trust", NAME)
    start = f"{file}: accepted, trusting {NAME} 1.0: disagreement partition and job-shop NO/YES ("
    assert checked.stdout.startswith(start)
    assert relucert("check", file).returncode == 3
