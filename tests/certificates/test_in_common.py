"""What the cases of a refutation have in common: the formula of it is in that of each case, and nothing goes astray."""

from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from types import GeneratorType

import pytest
from files import CORPUS, closed, lines_of, verdict_of
from hypothesis import given
from hypothesis import strategies as st
from test_encodings import CHOICES, asked_for, losses_and_bounds, training_instances

from relucert.certificates.encoding import NotEncoded
from relucert.certificates.encodings import ENCODINGS, training
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Atom, Formula, Kernel, Linear, Salted
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample

pytestmark = pytest.mark.thorough

OF_TRAINING = ENCODINGS["training"]
NEURONS = (("relu", None), ("leaky-relu", Fraction(1, 3)), ("threshold", None))
FITS = st.sampled_from(("exact", "l0", "l1", "l2", "linf")).flatmap(losses_and_bounds) | training_instances()
STATED = CHOICES | CHOICES.map(lambda inner: {"normal": inner})


def check_that_it_is_in_all_cases(instance, below, choice, more):
    """`more` atoms and ids are taken by steps in common; what is not common is numbered after these."""
    formulas = OF_TRAINING.formulas(instance, below)
    common = asked_for(lambda: formulas.common(choice))
    cases = OF_TRAINING.cases(instance)
    alone = {case: asked_for(lambda case=case: OF_TRAINING.formula(instance, case, choice, below)) for case in cases}
    if not all(isinstance(formula, Formula) for formula in (common, *alone.values())):
        assert not any(isinstance(formula, Formula) for formula in alone.values())  # what is refused is so in all cases
        return
    before = Formula(dict(common.atoms), dict(common.clauses), last_atom=common.last_atom, last_id=common.last_id)
    after = Formula(last_atom=before.last_atom + more, last_id=before.last_id + 2 * more)
    for case, formula in alone.items():
        stated = formulas(case, choice, after)
        shifts = {n: n + more if n > before.last_atom else n for n in formula.atoms}
        ids = {n: n + 2 * more if n > before.last_id else n for n in (*formula.clauses, *formula.pseudo_booleans)}

        def renamed(clause, shifts=shifts):
            return tuple(shifts[at] if at > 0 else -shifts[-at] for at in clause)

        assert stated.atoms == {shifts[n]: meaning for n, meaning in formula.atoms.items()}
        assert stated.clauses == {ids[n]: renamed(clause) for n, clause in formula.clauses.items()}
        assert stated.pseudo_booleans.keys() == {ids[n] for n in formula.pseudo_booleans}
        assert stated.squares == formula.squares
        assert before.atoms.items() <= stated.atoms.items()
        assert before.clauses.items() <= stated.clauses.items()
        assert all(abs(at) in before.atoms for clause in before.clauses.values() for at in clause)
    assert not before.pseudo_booleans
    assert not before.squares


@given(FITS, st.booleans(), st.sampled_from(NEURONS), STATED, st.integers(0, 5))
def test_what_is_common_is_in_all_cases(instance, below, neurons, choice, more):
    activation, alpha = neurons
    check_that_it_is_in_all_cases(replace(instance, activation=activation, alpha=alpha), below, choice, more)


def with_residuals(instance, choice, below, shared):
    """All that the first case states."""
    formula = training._formula(instance, 0, choice, below, shared)
    return Formula(dict(formula.atoms), dict(formula.clauses), last_atom=formula.last_atom, last_id=formula.last_id)


def too_short(instance, choice, below, shared):
    """Its numbers end with the neurons of the last sample."""
    formula = TRUE_COMMON(instance, choice, below, shared)
    formula.last_id = max(formula.clauses)
    return formula


TRUE_COMMON = training._common


@pytest.mark.parametrize("bug", [with_residuals, too_short])
def test_a_wrong_common_part_is_noticed(bug, monkeypatch):
    instance = TRAINING.instance_from_json(lines_of(CORPUS / "accept/training-no-signs.jsonl")[0]["instance"])
    check_that_it_is_in_all_cases(instance, False, None, 3)
    monkeypatch.setattr(training, "_common", bug)
    with pytest.raises(AssertionError):
        check_that_it_is_in_all_cases(instance, False, None, 3)


def test_what_a_case_derives_is_forgotten(monkeypatch):
    """If it were not, a certificate of the corpus that is rejected would get further."""
    lines = lines_of(CORPUS / "reject/in-common-step-of-a-case-in-another.jsonl")
    assert "no clause has the id 73" in verdict_of(closed(lines)).reason

    def kept(self, other):
        other._others = self._others
        return nullcontext()

    monkeypatch.setattr(Salted, "lent", kept)
    assert "no clause has the id 73" not in verdict_of(closed(lines)).reason


CONTRADICTORY = {
    "claim": "rejects", "format": "relucert-3", "problem": "training",
    "instance": TRAINING.instance_to_json(TrainingInstance(1, 2, (sample([1], 0), sample([1], 1)), output="signs")),
}  # fmt: skip
IN_COMMON = [
    {"refute": "all", "side": "instance", "symmetry": {"normal": None}},
    {"atom": 1, "le": [[0, 1]], "bound": 0},
    {"rup": [1], "hints": [1]},
]


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ([{"rup": [-1], "hints": [1]}, {"rup": [], "hints": [2, 3]}], "accepted"),
        ([{"rup": [], "hints": [1], "id": 2}], "rejected"),
        ([{"atom": 1, "le": [[0, 1]], "bound": 7}, {"rup": [], "hints": [1]}], "rejected"),
    ],
)
def test_a_contradictory_normal_form_goes_on_from_what_is_common(steps, verdict):
    """Its formula is the empty clause; of all cases and steps the numbers are fresh ones."""
    cases = [line for case in range(3) for line in ({"refute": case, "side": "instance"}, *steps)]
    assert verdict_of(closed([CONTRADICTORY, *IN_COMMON, *cases])).verdict == verdict


def test_a_line_that_has_been_looked_at_leaves_nothing_behind(monkeypatch):
    """Of many refutations in one file each was looked at, and made all later lines slower."""
    seen = []
    monkeypatch.setattr(Evidence, "end", lambda self: seen.append((self.lines, self.ahead)))
    verdict_of((CORPUS / "accept/sweep-graphs.jsonl").read_bytes())
    verdict_of((CORPUS / "accept/training-no-in-common-on-a-line.jsonl").read_bytes())
    assert [(type(lines), ahead) for lines, ahead in seen] == [(GeneratorType, None)] * 2


def test_cases_go_on_with_the_marks_that_are_there():
    """An atom of a large number is paid for once; marks for each of 20,000 cases took minutes."""
    common = Kernel(Formula())
    Atom(10**6, Linear((), 0)).apply(common)
    for _ in range(3):
        with common.going_on(Formula(last_atom=10**6)) as case:
            Atom(10**6 + 7, Linear((), 0)).apply(case)
            assert case.marks is common.marks
        assert len(common.marks) == 2 * 10**6 + 2


def test_ids_that_are_left_out_are_bounded():
    lines = lines_of(CORPUS / "accept/coloring-no-step-without-id.jsonl")
    steps = [{"define": 20, "and": [1], "id": 2**60 - 2}, {"rup": [1, 2], "hints": [1]}]
    assert verdict_of(closed([*lines[:2], *steps])).verdict == "resource-limit"


@pytest.mark.parametrize("problem", sorted(ENCODINGS.keys() - {"training"}))
def test_others_have_nothing_in_common(problem):
    encoding = ENCODINGS[problem]
    with pytest.raises(NotEncoded):
        encoding.formulas(None).common(None)
