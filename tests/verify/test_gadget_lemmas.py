"""The lemmas of the paper's gadgets, proved once and for all: their certificates stand in the corpus."""

import gzip
import json
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import jsonschema_rs
import pytest

import relucert.certificates as certificates
from relucert.certificates.checker import check
from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.certificates.properties import property_to_json
from relucert.certificates.writer import Yes
from relucert.reductions.fixed_dimension.selection_gadget import levee, selection_gadget, threshold_gadget
from relucert.reductions.json_text import loads
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance
from relucert.verify.decide import decide, failures
from relucert.verify.lemmas import Lemma, affine_selection, ramps, selection, stripe
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.exceptions import of_exceptions

pytestmark = pytest.mark.thorough

FOLDER = Path(__file__).parents[1] / "corpus" / "lemmas"
LINE = jsonschema_rs.validator_for(json.loads((Path(certificates.__file__).parent / "schema.json").read_text()))
SEVENTH, HALF = Fraction(1, 7), Fraction(1, 2)
LEMMAS = {
    "selection-2": selection([0, 1]),
    "selection-2-affine": affine_selection([0, 1]),
    "selection-3-affine": affine_selection([0, 1, 2]),
    "selection-3": selection([0, HALF, Fraction(3, 4)]),
    "selection-4": selection([-1, 0, SEVENTH, 2]),
    "selection-5": selection([-2, -1, 0, 1, 2]),
    "selection-6": selection([0, SEVENTH, 1, Fraction(3, 2), Fraction(5, 2), 4]),
    "selection-three-neurons": selection([0, 1], neurons=3),
    "two-gadgets-5-neurons": selection([0, 1], neurons=5, gadgets=2),
    "two-gadgets-6-neurons": selection([0, 1], neurons=6, gadgets=2),
    "two-gadgets-7-neurons": selection([0, 1], neurons=7, gadgets=2),
    "two-gadgets-affine": affine_selection([0, 1], gadgets=2),
    "ramps-1": ramps(1),
    "ramps-2": ramps(2),
    "stripe-2": stripe([0, 1]),
    "stripe-3": stripe([0, 1, 2]),
}


def test_every_certificate_is_named():
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.jsonl.gz" for name in LEMMAS}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (i % 2)) for i, n in enumerate(LEMMAS)])
def test_certificate_is_accepted_and_about_the_lemma(name):
    path, lemma = FOLDER / f"{name}.jsonl.gz", LEMMAS[name]
    with open(path, "rb") as stream:
        verdict = check(stream)
    assert verdict.verdict == "accepted", verdict.reason
    lines = [loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    assert lines[0]["instance"] == TRAINING.instance_to_json(lemma.instance)
    if lemma.claimed is None:
        assert lines[0]["claim"] == "rejects"
    else:
        assert (lines[0]["claim"], lines[0]["property"]) == ("lemma", property_to_json(lemma.claimed))
    assert all(LINE.is_valid(line) for line in lines[:200])


# ----------------------------------------------------------------------------------------------- the gadgets themselves


@pytest.mark.parametrize("slopes", [[0, 1], [-2, -1, 0, 1, 2], [0, SEVENTH, 1, 4]])
@pytest.mark.parametrize("plateau", [False, True])
def test_levees_fit_the_gadget_and_only_those_of_its_slopes(slopes, plateau):
    samples = selection_gadget(slopes, offset=5, plateau=plateau)
    assert len(samples) == (31 if plateau else 29) + 2 * len(slopes)
    instance = TrainingInstance(2, 4, tuple(samples), bias=True)
    between = [(s + t) / Fraction(2) for s, t in pairwise(slopes)]
    for s in (*slopes, *between, slopes[0] - 1, slopes[-1] + 1):
        weights, biases, output = zip(*levee(s, offset=5), strict=True)
        assert TRAINING.accepts(instance, Network(weights, biases, output)) == (s in slopes)


def height(x, s):
    """The levee, from its definition."""
    (x1, x2) = (dict(x).get(0, 0), dict(x).get(1, 0))
    return max(0, min(1, 2 - abs(x2 - s * x1)))


def test_labels_are_those_of_the_levees():
    for s in (slopes := [-1, HALF, 2]):
        assert all(y == height(x, s) for x, y, _ in selection_gadget(slopes, plateau=True))


def fails(lemma: Lemma, **changes):
    """Whether a network fits the changed gadget without the property."""
    instance = TrainingInstance(2, lemma.instance.neurons, changes["samples"], lemma.instance.activation,
                                lemma.instance.output, bias=True)  # fmt: skip
    answer = decide(TRAINING, instance, provers_for(TRAINING, "z3")[0], Deadline(), claimed=lemma.claimed)
    return isinstance(answer, Yes)


def test_the_lemma_needs_its_samples():
    """Without the touching points slopes between the given ones fit, and without a side line slopes outside."""
    lemma = selection([0, 1])
    samples = lemma.instance.samples
    assert fails(lemma, samples=samples[:-4])
    assert fails(lemma, samples=tuple(s for s in samples if abs(dict(s.x).get(0, 0)) != Fraction(1, 8)))


def test_the_stripe_lemma_needs_its_fillers():
    """The slots of the slopes 1 and 4 are far apart: with zeros at their ends only, a stripe passes between them."""
    lemma, (samples, far) = stripe([0, 1, 4]), threshold_gadget([0, 1, 4])
    slots = 2 * 2 * 3  # two ends of the slot of each slope on each far line
    on_far_lines = [s for s in samples if abs(dict(s.x).get(0, 0)) == far]
    fillers = {s for s in on_far_lines if far + 2 < abs(dict(s.x).get(1, 0)) < 4 * far - 2}
    assert len(on_far_lines) - len(fillers) == slots
    assert fails(lemma, samples=tuple(s for s in samples if s not in fillers))


def test_the_property_of_lemma_4_is_that_the_function_is_the_levee():
    """For every way to turn neurons over, against values at points: 2 of 16 are levees."""
    lemma, answers, written = selection([0, 1]), [], sorted(levee(1), key=lambda neuron: -neuron[2])
    for turned in product((1, -1), repeat=4):
        rows = [(*(sign * w for w in weights), sign * bias, a)
                for sign, (weights, bias, a) in zip(turned, written, strict=True)]  # fmt: skip
        is_levee = all(sum(a * max(0, u * x1 + w * x2 + b) for u, w, b, a in rows) == height_of_levee(x2 - x1)
                       for x1, x2 in POINTS)  # fmt: skip
        assert holds(lemma.claimed, [x for *v, _ in rows for x in v]) == is_levee
        answers.append(is_levee)
    assert answers.count(True) == 2


POINTS = [*product((0,), range(-4, 5)), *product((4,), range(-4, 9)), (1, 1)]
FAR = 64  # from one stacked gadget to the next


def in_order(chosen):
    """The neurons of the levees of these slopes, one for each gadget: those of output weight 1, then the others."""
    neurons = [neuron for g, s in enumerate(chosen) for neuron in levee(s, offset=FAR * g)]
    return [[*weights, bias] for weights, bias, a in sorted(neurons, key=lambda neuron: -neuron[2])]


@pytest.mark.parametrize("gadgets", [1, 2])
def test_what_is_claimed_of_relus_and_an_affine_function(gadgets):
    """Networks in order are levees; of others of this form only that they bend where the labels do."""
    lemma, one = affine_selection([0, 1], gadgets), Fraction(1, 1000)

    def claimed(own, affine=(0, 0, 0), opposite=True):
        last = [-v if opposite else v + 1 for v in affine]
        return holds(lemma.claimed, [*affine, *(v for row in own for v in row), *last])

    for chosen in product([0, 1, HALF], repeat=gadgets):
        rows = in_order(chosen)
        assert claimed(rows) == (HALF not in chosen)
        for t in range(3):
            assert not claimed(rows, affine=[one * (t == i) for i in range(3)])
            assert claimed(rows, affine=[one * (t == i) for i in range(3)], opposite=False)
        for j, t in product(range(4 * gadgets), range(3)):
            changed = [[v + one * ((i, s) == (j, t)) for s, v in enumerate(row)] for i, row in enumerate(rows)]
            assert not claimed(changed)
            if t == 1:  # a neuron that falls
                assert claimed([[v * (-1) ** (i == j) for v in row] for i, row in enumerate(rows)])
            elsewhere = [[*row[:2], row[2] + 7 * (i == j)] for i, row in enumerate(rows)]
            assert not claimed(elsewhere)  # there is a bend that no neuron takes
        renamed = [rows[1], rows[0], *rows[2:]]
        assert claimed(renamed)
        assert not claimed([rows[-1], *rows[1:-1], rows[0]])  # of the other sign


def test_the_affine_lemma_needs_its_samples():
    lemma = affine_selection([0, 1])
    assert fails(lemma, samples=lemma.instance.samples[:-4])


@pytest.mark.parametrize("gadgets", [1, 2])
def test_too_few_neurons_for_the_bends_are_refuted_by_counting(gadgets):
    """Without a search: all numbers of output weights 1 but the right one."""
    lemma = affine_selection([0, 1], gadgets)
    for positive in range(lemma.instance.neurons + 1):
        exceptions = ENCODING.exceptions(lemma.instance, positive, None, lemma.claimed)
        last_atoms = failures(exceptions, lemma.claimed)
        assert tuple(last_atoms) in exceptions.clauses.values()
        derived, steps = of_exceptions(lemma.instance, positive, exceptions, last_atoms, Deadline())
        kernel = Kernel(exceptions)
        for step in steps:
            step_from_json(step.to_json()).apply(kernel)
        assert kernel.refuted == (positive != 2 * gadgets + 1)
        assert (kernel.clauses, kernel.atoms) == (derived.clauses, derived.atoms)


def height_of_levee(z):
    return max(0, min(1, 2 - abs(z)))


def holds(claimed, variables):
    def true(linear):
        value = sum(a * variables[v] for v, a in linear.terms)
        return value < linear.bound or (value == linear.bound and not linear.strict)

    return all(any(all(map(true, part)) for part in parts) for parts in claimed)
