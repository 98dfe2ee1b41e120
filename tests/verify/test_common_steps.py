"""Steps that cases have in common stand once: the proof is shorter, and proves the same."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest

from relucert.certificates.checker import check
from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Atom, Count, Define, Farkas, Formula, Linear, Rup, Tangent
from relucert.certificates.writer import No, RefutedCase, Yes, bounds, decision, write
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.decide import decide
from relucert.verify.optimum import Minimum, minimum
from relucert.verify.provers import PROVERS, in_common
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.in_common import Numbering, settled, together
from relucert.verify.site.evidence import evidence_of


def zigzag(m, k, **said):
    """On a line, with m − 2 kinks."""
    samples = tuple(sample([i], 6 * (i % 2)) for i in range(m))
    return TrainingInstance(1, k, samples, output="signs", bias=True, **said)


def written(lines):
    stream = BytesIO()
    write(stream, lines)
    stream.seek(0)
    return stream


def separate(monkeypatch, instance, **said):
    """The refutations as provers make them, nothing of which is shared or renumbered."""
    with monkeypatch.context() as patch:
        patch.setattr("relucert.verify.decide.settled", lambda encoding, instance, refuted, below: refuted)
        return decide(TRAINING, instance, PROVERS["lp"], Deadline(), **said)


@pytest.mark.parametrize(("m", "k", "below"), [(6, 3, False), (7, 4, False), (7, 4, True), (8, 5, True)])
def test_what_cases_share_stands_once(m, k, below, monkeypatch):
    """Of refutations of fits, and of losses less than something."""
    said = {"loss": "linf", "threshold": 1} if below else {}
    instance = zigzag(m, k, **said)
    apart = separate(monkeypatch, instance, below=below)
    monkeypatch.setattr(in_common, "WORTH", 0)
    monkeypatch.setattr(in_common, "SHARE", 0)
    shared = settled(ENCODING, instance, apart, below)
    assert shared == settled(ENCODING, instance, apart, below)
    zero, sizes = Yes(Network(((0,),) * k, (0,) * k, (1,) * k)), []
    for no in (apart, shared):
        lines = bounds(replace(instance, threshold=6), zero, 1, no) if below else decision(TRAINING, instance, no)
        stream = written(lines)
        assert check(stream).verdict == "accepted"
        sizes.append(len(stream.getvalue()))
    assert shared.common
    assert sizes[1] < sizes[0]


def test_nothing_is_gained_without_shared_steps():
    """One long case, or choices that differ: the steps stay where they are."""
    farkas = Farkas(11, (-1,), (1,))
    apart = No((RefutedCase(0, None, (farkas,)), RefutedCase(1, [[0, 1]], (farkas,) * 200)))
    assert not settled(ENCODING, zigzag(3, 1), apart).common


def test_numbers_have_no_gaps():
    """Of each rule; what the formula states keeps its numbers."""
    steps = (
        Atom(20, Linear(((0, 1),), 3)), Atom(23, Linear(((1, 1),), 3)),
        Define(40, 29, (1, -23)), Farkas(50, (-20, 23), (1, 2), ((7, 1), (42, 1))),
        Tangent(60, 1, 5, 31), Count(70, ((31, 1), (-29, 2)), 2, ((50, 1), (60, 3)), ((20, 1),), 2),
        Rup(90, (), (70, 41, 5)),
    )  # fmt: skip
    assert Numbering().of(steps) == (
        Atom(20, Linear(((0, 1),), 3)), Atom(21, Linear(((1, 1),), 3)),
        Define(40, 22, (1, -21)), Farkas(43, (-20, 21), (1, 2), ((7, 1), (42, 1))),
        Tangent(44, 1, 5, 23), Count(45, ((23, 1), (-22, 2)), 2, ((43, 1), (44, 3)), ((20, 1),), 2),
        Rup(46, (), (45, 41, 5)),
    )  # fmt: skip


def test_what_is_derived_once_is_cited_by_all():
    """x ≤ 0 and −x ≤ −1 in the common part; of each case a clause besides."""
    x = Linear(((0, 1),), 0), Linear(((0, -1),), -1)
    common = Formula()
    for meaning in x:
        common.new_atom(meaning)
    common.add_clause(1, 2)
    twice = Atom(5, Linear(((0, 2),), 1))
    steps = [(twice, Farkas(4 + n, (-1, 5), (2, 1)), Rup(8, (5,), (4 + n, 1, 2)), Rup(9, (), (8, 3))) for n in (1, 2)]
    no = together(common, [RefutedCase(n, None, some) for n, some in enumerate(steps)])
    assert [type(step) for step in no.common] == [Atom, Farkas]
    assert [len(case.steps) for case in no.cases] == [2, 2]
    assert all(case.steps[0].hints[0] == no.common[1].id for case in no.cases)


def test_two_atoms_of_one_meaning_do_not_become_one():
    """A clause with both would be no clause any more, so it stays where it is."""
    common = Formula()
    common.new_atom(Linear(((0, 1),), 0))
    steps = tuple(Atom(n, Linear(((0, 1),), 5)) for n in (2, 3))
    clause = Farkas(1, (-2, 3), (1, 1))
    no = together(common, [RefutedCase(n, None, (*steps, clause, Rup(2, (), (1,)))) for n in range(2)])
    assert no.common == (Atom(2, Linear(((0, 1),), 5)),)
    assert all([type(step) for step in case.steps] == [Atom, Farkas, Rup] for case in no.cases)
    assert all(len({abs(at) for at in case.steps[1].clause}) == 2 for case in no.cases)


def test_pages_show_them_apart():
    corpus = Path(__file__).parents[1] / "corpus" / "accept"
    _, parts = evidence_of((corpus / "training-no-in-common-on-a-line.jsonl").read_bytes())
    assert [part.case for part in parts] == ["all", 0, 1, 2]
    assert [part.length for part in parts] == [4, 9, 17, 5]
    assert len({part.symmetry for part in parts}) == 1


def drawn(rng):
    """Any class of networks that has an encoding."""
    d, k, m = rng.choice((1, 1, 2)), rng.randint(2, 4), rng.randint(5, 10)
    points = rng.sample([*product(range(-5, 6), repeat=d)], m)
    samples = tuple(sample(point, rng.randint(-2, 2)) for point in points)
    activation = rng.choice(("relu", "relu", "leaky-relu", "threshold"))
    loss = rng.choice(("exact", "exact", "exact", "l0", "l1", "linf"))
    return TrainingInstance(
        d, k, samples, activation=activation, output=rng.choice(("signs", "signs", "real")), bias=rng.random() < 0.5,
        clip=rng.choice((None, None, (0, 1))), loss=loss, threshold=0 if loss == "exact" else 1,
        alpha=Fraction(1, 2) if activation == "leaky-relu" else None,
    )  # fmt: skip


@pytest.mark.thorough
def test_whatever_cases_share_is_accepted(monkeypatch, shares):
    """Exact fits and losses, of all classes; a proof that shares steps is as good as one that does not."""
    monkeypatch.setattr(in_common, "WORTH", 0)
    monkeypatch.setattr(in_common, "SHARE", 0)
    answers, common = Counter(), 0
    rng = random.Random(0)
    for _ in range(250):
        instance = drawn(rng)
        answer = decide(TRAINING, instance, PROVERS["lp"], Deadline(work=10**7))
        if isinstance(answer, Yes | No):
            answers["YES" if isinstance(answer, Yes) else "NO"] += 1
            verdict = check(written(decision(TRAINING, instance, answer)))
            assert verdict.verdict == "accepted", (instance, verdict.reason)
            common += isinstance(answer, No) and bool(answer.common)
    shares(answers["YES"], answers["NO"])
    assert common >= 15


@pytest.mark.parametrize("loss", ["l1", "linf", "l0", "l2"])
def test_bounds_of_two_neurons(loss, monkeypatch):
    monkeypatch.setattr(in_common, "WORTH", 0)
    monkeypatch.setattr(in_common, "SHARE", 0)
    samples = tuple(sample([i, i * i % 5], y) for i, y in enumerate((3, -1, 4, 1, -5, 2, 0)))
    instance = TrainingInstance(2, 2, samples, output="signs", bias=True, loss=loss)
    found = minimum(instance, PROVERS["lp"], Deadline(work=10**8))
    assert isinstance(found, Minimum)
    lines = bounds(found.instance, found.reached, found.value, found.below)
    assert check(written(lines)).verdict == "accepted"
