"""The lemmas of the paper's gadgets, proved once and for all: their certificates stand in the corpus."""

import gzip
import json
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import relucert.certificates as certificates
from relucert.certificates.checker import check
from relucert.certificates.properties import property_to_json
from relucert.certificates.writer import Yes
from relucert.reductions.fixed_dimension.selection_gadget import levee, selection_gadget, threshold_gadget
from relucert.reductions.json_text import loads
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance
from relucert.verify.decide import decide
from relucert.verify.lemmas import Lemma, affine_selection, ramps, selection, stripe
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline

pytestmark = pytest.mark.thorough

FOLDER = Path(__file__).parents[1] / "corpus" / "lemmas"
LINE = Draft202012Validator(json.loads((Path(certificates.__file__).parent / "schema.json").read_text()))
SEVENTH, HALF = Fraction(1, 7), Fraction(1, 2)
LEMMAS = {
    "selection-2": selection([0, 1]),
    "selection-2-affine": affine_selection([0, 1]),
    "selection-3": selection([0, HALF, Fraction(3, 4)]),
    "selection-4": selection([-1, 0, SEVENTH, 2]),
    "selection-5": selection([-2, -1, 0, 1, 2]),
    "selection-6": selection([0, SEVENTH, 1, Fraction(3, 2), Fraction(5, 2), 4]),
    "selection-three-neurons": selection([0, 1], neurons=3),
    "two-gadgets-5-neurons": selection([0, 1], neurons=5, gadgets=2),
    "two-gadgets-6-neurons": selection([0, 1], neurons=6, gadgets=2),
    "two-gadgets-7-neurons": selection([0, 1], neurons=7, gadgets=2),
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


@pytest.mark.parametrize("affine", [False, True])
def test_the_property_of_lemma_4_is_that_the_function_is_the_levee(affine):
    """For every way to turn neurons over, against values at points; without an affine function 2 of 16 are levees."""
    lemma = affine_selection([0, 1]) if affine else selection([0, 1])
    answers, written = [], sorted(levee(1), key=lambda neuron: -neuron[2])
    for turned in product((1, -1), repeat=4):
        rows = [(*(sign * w for w in weights), sign * bias, a)
                for sign, (weights, bias, a) in zip(turned, written, strict=True)]  # fmt: skip
        if affine:  # it makes up for the neurons that were turned over
            v = [sum(a * row[t] for sign, (*row, a) in zip(turned, rows, strict=True) if sign < 0) for t in range(3)]
            rows = [(*(-x for x in v), 1), *rows, (*v, -1)]
        points = [(0, h) for h in range(-4, 5)] + [(4, h) for h in range(-4, 9)] + [(1, 1)]
        values = [sum(a * max(0, u * x1 + w * x2 + b) for u, w, b, a in rows) for x1, x2 in points]
        is_levee = values == [height_of_levee(x2 - x1) for x1, x2 in points]
        assert holds(lemma.claimed, [x for *v, _ in rows for x in v]) == is_levee
        answers.append(is_levee)
    assert answers.count(True) == (16 if affine else 2)
    if affine:  # with another affine function it is not
        rows[0], rows[-1] = (0, 0, 1, 1), (0, 0, -1, -1)
        assert not holds(lemma.claimed, [x for *v, _ in rows for x in v])


def height_of_levee(z):
    return max(0, min(1, 2 - abs(z)))


def holds(claimed, variables):
    def true(linear):
        value = sum(a * variables[v] for v, a in linear.terms)
        return value < linear.bound or (value == linear.bound and not linear.strict)

    return all(any(all(map(true, part)) for part in parts) for parts in claimed)
