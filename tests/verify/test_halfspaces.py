"""How many samples one threshold misses at least: against Z3's optimiser, with seeded bugs, and on the command line."""

import json
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from itertools import product
from random import Random
from types import SimpleNamespace

import forked
import pytest
import z3
from least import come_to_nothing, find, require_the_least, right_values

from relucert.certificates.about import compare
from relucert.certificates.checker import check
from relucert.certificates.writer import RefutedCase
from relucert.reductions.json_text import dumps
from relucert.reductions.problems.training import TRAINING, TrainingInstance, loss_of, sample
from relucert.verify.certify import certify_bounds, certify_instance, certify_minimum
from relucert.verify.commands.losses import percent, report_bounds
from relucert.verify.optimum import NOTHING, Bounds, best_of_two
from relucert.verify.problems import SEARCHES
from relucert.verify.problems.training import has_half_spaces
from relucert.verify.provers import cones, halfspaces
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.provers.signs import walks
from relucert.verify.signs import least_of_one
from relucert.verify.testing.laws import decide_in_process

pytestmark = pytest.mark.thorough


def threshold(samples, dimension):
    return TrainingInstance(dimension, 1, tuple(samples), activation="threshold", output="ones", bias=True, loss="l0")


def least_by_z3(instance):
    """By Z3's optimiser: the sum of the multiplicities of samples with [w·x + b > 0] ≠ y."""
    w, b, optimiser = z3.Reals([f"w{t}" for t in range(instance.dimension)]), z3.Real("b"), z3.Optimize()
    missed = []
    for x, y, m in instance.samples:
        z = z3.Sum([b, *(w[t] * z3.Q(v.numerator, v.denominator) for t, v in x)])
        missed.append(z3.If((z > 0) == z3.BoolVal(y == 0), m, 0))
    objective = optimiser.minimize(z3.Sum([z3.IntVal(0), *missed]))
    assert optimiser.check() == z3.sat
    return objective.value().as_long()


def random_instance(rng):
    """Few different points, so that labels contradict each other and points lie on lines."""
    d = rng.choice((1, 2, 2, 3))
    samples = [
        sample(
            [Fraction(rng.randint(-2, 2), rng.choice((1, 1, 2))) for _ in range(d)],
            rng.randint(0, 1),
            rng.choice((1, 1, 2, 3)),
        )
        for _ in range(rng.randint(2, 10))
    ]
    return threshold(samples, d)


def random_instances(count, seed):
    rng = Random(seed)
    return [random_instance(rng) for _ in range(count)]


def test_the_least_number_of_misses():
    require_the_least(random_instances(20, "half-spaces"), least_by_z3)


@pytest.mark.slow
def test_300_least_numbers_of_misses():
    require_the_least(random_instances(300, "300 half-spaces"), least_by_z3)


def two_relus(instance, output="signs"):
    """The labels ±1 for the sign of two ReLUs."""
    samples = tuple(s._replace(y=2 * s.y - 1) for s in instance.samples)
    return replace(instance, activation="relu", neurons=2, output=output, clip=(-1, 1), samples=samples)


def least_signs_by_z3(instance):
    """From the definition, without clip: the sum of the multiplicities of samples with y·f(x) ≤ 0."""
    optimiser, missed = z3.Optimize(), []
    neurons = [(z3.RealVector(f"w{j}", instance.dimension), z3.Real(f"b{j}"), z3.Bool(f"a{j}")) for j in (0, 1)]
    for x, y, m in instance.samples:
        f = z3.RealVal(0)
        for w, b, positive in neurons:
            z = z3.Sum([b, *(w[t] * z3.Q(v.numerator, v.denominator) for t, v in x)])
            f += z3.If(z > 0, z3.If(positive, z, -z), 0)
        missed.append(z3.If(y * f > 0, 0, m))
    objective = optimiser.minimize(z3.Sum([z3.IntVal(0), *missed]))
    assert optimiser.check() == z3.sat
    return objective.value().as_long()


def two_relus_of(instances):
    return [two_relus(instance, ("signs", "real")[n % 2]) for n, instance in enumerate(instances)]


def test_two_relus_miss_as_few_signs_as_one_threshold():
    """By the definition of either: the lemma itself, and the search that it leads to."""
    thresholds = random_instances(16, "signs of two")
    assert [*map(least_by_z3, thresholds)] == [*map(least_signs_by_z3, map(two_relus, thresholds))]
    require_the_least(two_relus_of(thresholds), least_signs_by_z3)


@pytest.mark.slow
def test_200_least_numbers_of_signs_that_two_relus_miss():
    require_the_least(two_relus_of(random_instances(200, "200 signs of two")), least_signs_by_z3)


def mixed(m, d, seed):
    """Labels that have little to do with the points, of which some occur twice."""
    rng = Random(f"mixed {m} {d} {seed}")
    points = [[rng.randint(-6, 6) for _ in range(d)] for _ in range(m)]
    return threshold([sample(x, int(sum(x) + rng.randint(-9, 9) > 0)) for x in points], d)


def test_what_is_known_when_the_work_is_done():
    instance = mixed(24, 2, 0)
    least = find(instance).value
    found = find(instance, Deadline(work=35_000))
    assert isinstance(found, Unknown)
    (bounds,) = found.found
    assert 0 < bounds.lower < least <= bounds.upper
    assert certify_bounds(bounds).verdict.verdict == "accepted"


def test_two_labels_at_every_point_cost_one_of_each_pair():
    """The bound that needs no half-space: 1 + 2 + 1."""
    points = (([0, 0], 1, 1), ([1, 0], 2, 3), ([0, 1], 4, 1))
    instance = threshold([sample(x, y, m) for x, *both in points for y, m in enumerate(both)], 2)
    found = find(instance)
    assert found.value == 4
    assert certify_minimum(found).verdict.verdict == "accepted"
    found = find(threshold(instance.samples[:2], 2))
    assert found.value == 1
    assert certify_minimum(found).verdict.verdict == "accepted"


@pytest.mark.parametrize("kind", [lambda instance: instance, two_relus])
def test_numbers_of_misses_are_decided_by_the_same_search(kind):
    instance = kind(mixed(14, 2, 3))
    least = find(instance).value
    assert least >= 2
    answers = []
    assert isinstance(
        SEARCHES["training"].by_algorithm(replace(instance, threshold=1), 1, "lp", Deadline()), RefutedCase
    )
    for most in (least + 1, least, least - 1, 0):
        one = replace(instance, threshold=most)
        answers.append(certify_instance(TRAINING, one, decide_in_process).verdict.answer)
    assert answers == ["YES", "YES", "NO", "NO"]


def test_which_training_sets_have_half_spaces():
    instance = mixed(6, 2, 0)
    assert has_half_spaces(instance)
    two = (*instance.samples, sample([1, 1], 2))
    for other in ({"loss": "l1"}, {"bias": False}, {"neurons": 2}, {"output": "signs"}, {"clip": (0, 1)},
                  {"activation": "relu"}, {"samples": two}):  # fmt: skip
        assert not has_half_spaces(replace(instance, **other))
    pair = two_relus(instance)
    assert has_half_spaces(pair)
    assert has_half_spaces(replace(pair, output="real"))
    for other in ({"clip": None}, {"clip": (0, 1)}, {"neurons": 3}, {"output": "ones"}, {"bias": False},
                  {"samples": two}, {"activation": "threshold"}, {"norm_bound": 1}):  # fmt: skip
        assert not has_half_spaces(replace(pair, **other))


def test_more_relus_start_with_what_two_miss():
    """On a line with the labels +, −, +, −, + two miss two."""
    line = threshold([sample([x], (x + 1) % 2) for x in range(5)], 1)
    assert find(two_relus(line)).value == 2
    three = replace(two_relus(line), neurons=3)
    net = best_of_two(three, Deadline())
    assert (len(net.weights), loss_of(three, net)) == (3, 2)


def test_walks_to_more_relus_are_never_worse_and_find_a_hat():
    """Labels + in the middle of a line and − outside: two ReLUs miss three labels, and a hat none."""
    hat = replace(two_relus(threshold([sample([x], int(abs(x) <= 1)) for x in range(-4, 5)], 1)), neurons=3)
    two = best_of_two(hat, Deadline())
    assert loss_of(hat, two) == 3
    assert min(loss_of(hat, net) for net in walks(hat, two, Deadline())) == 0
    other = replace(two_relus(mixed(30, 2, 4)), neurons=4)
    two = best_of_two(other, Deadline())
    assert all(loss_of(other, net) <= loss_of(other, two) for net in walks(other, two, Deadline()))


# --------------------------------------------------------------------------------------------------------- seeded bugs


TRIED = [*(random_instance(Random(f"bug {seed}")) for seed in range(8)), mixed(16, 2, 1), mixed(12, 3, 2)]
TRIED += [two_relus(TRIED[3]), two_relus(TRIED[-2])]


@pytest.fixture(scope="module")
def right():
    return right_values(TRIED)


def sides_of_one_point(monkeypatch):
    """Forced is what one half-space of the node says, not all of them."""
    right = cones.Cone.sides

    def sides(cone, points):
        return right(replace(cone, rays=cone.inside[None], lines=cone.lines[:0]), points)

    monkeypatch.setattr(cones.Cone, "sides", sides)


def pairs_count_twice(monkeypatch):
    """Of two samples of opposite labels at one point both are missed."""
    right = halfspaces.Search.__init__

    def begin(search, instance, deadline):
        right(search, instance, deadline)
        search.always *= 2

    monkeypatch.setattr(halfspaces.Search, "__init__", begin)


def every_sample_is_missed_on_either_side(monkeypatch):
    right = halfspaces.Search.child

    def child(search, node, i, how):
        made = right(search, node, i, how)
        made.forced = [*{*made.forced, i}]
        made.missed = node.missed + sum(search.weights[s] for s in made.forced)
        return made

    monkeypatch.setattr(halfspaces.Search, "child", child)


def the_threshold_is_one_more(monkeypatch):
    """The proof is of one sample more than the search has found."""
    right = halfspaces.Proof.__init__
    monkeypatch.setattr(halfspaces.Proof, "__init__", lambda proof, search, least: right(proof, search, least - 1))


def two_relus_are_one(monkeypatch):
    """The sign of two ReLUs is that of the first one's pre-activation."""
    of_one = halfspaces.Proof.of_weights
    monkeypatch.setattr(halfspaces.ProofOfTwo, "of_weights", of_one)


@pytest.mark.parametrize(
    "bug",
    [
        sides_of_one_point,
        pairs_count_twice,
        every_sample_is_missed_on_either_side,
        the_threshold_is_one_more,
        two_relus_are_one,
    ],
)
def test_a_search_that_lies_gets_nothing_accepted(bug, right, monkeypatch):
    bug(monkeypatch)
    assert come_to_nothing(TRIED, right) >= 1


# -------------------------------------------------------------------------------------------------- on the command line


def relucert(*arguments):
    return forked.run("relucert", *arguments, environment={"COLUMNS": "200"})


THRESHOLD = ("--loss", "sign", "--activation", "threshold", "--neurons", 1, "--bias")


@pytest.fixture
def data(tmp_path):
    """A line on which labels +, −, +, − alternate: one is missed; and a column that separates them."""
    path = tmp_path / "line.csv"
    path.write_text("a,b,y\n0,0,1\n1,1,-1\n2,0,1\n3,1,-1\n")
    return path


def test_signs_on_the_command_line(data, tmp_path):
    certificate = tmp_path / "sign.cert"
    done = relucert("optimum", data, *THRESHOLD, "--x", "a", "-o", certificate)
    assert done.returncode == 0
    assert done.stdout.startswith(f"minimum  1  sign loss of {data}\nread: 4 samples in 1 dimension, from CSV\n")
    done = relucert("check", certificate)
    assert done.returncode == 0
    assert "an l0 loss of at most 1 on the 4 samples, and none has less" in done.stdout
    done = relucert("optimum", data, *THRESHOLD, "--x", "b")
    assert done.stdout.startswith(f"minimum  0  sign loss of {data}\n")
    done = relucert("optimum", data, "--loss", "sign", "--neurons", 2, "--bias", "--x", "a")
    assert done.stdout.startswith(f"minimum  1  sign loss of {data}\n")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--loss", "sign", "--neurons", 1, "--bias"), "values of one ReLU have one sign, so that with a bias the "
         "least loss is 2, as many as the rarer label has, whatever the points are; take activation = threshold"),
        (("--loss", "sign", "--neurons", 1, "--x", "a"), "without a bias the least loss is 2, as many as the rarer "
         "label has, if some w has w·x > 0 for all samples of one label, and more if none has; take activation = "
         "threshold and bias = true"),
        (("--loss", "sign", "--neurons", 1, "--activation", "leaky-relu", "--alpha", 0), "without a bias"),
        ((*THRESHOLD[:4], "--neurons", 2, "--bias"), "is about one threshold with biases"),
        ((*THRESHOLD[:-1], "--no-bias"), "is about one threshold"),
        ((*THRESHOLD, "--clip", 0, 1), "without clip and norm bound"),
        (("--loss", "sign", "--neurons", 2, "--output", "ones"), "a sum of ReLUs is never negative"),
        (("--loss", "sign", "--neurons", 3, "--norm-bound", 1), "without clip and norm bound"),
        ((*THRESHOLD, "--y", "a", "--x", "b"), "sample 0 (counted from 0) has the label 0"),
    ],
)  # fmt: skip
def test_what_has_no_signs_is_refused(data, options, reason):
    done = relucert("optimum", data, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert Counter(done.stderr)["\n"] <= 2


def missed(points, output, bias):
    """The least number of signs that one ReLU misses, by enumeration: see `some_rows`."""
    return min(
        sum(y * a * max(0, u * x[0] + v * x[1] + b) <= 0 for x, y in points)
        for a in output
        for u, v in some_rows()
        for b in (range(-8, 9) if bias else (0,))
    )


def some_rows():
    """Of two points with coordinates −2 to 2, the lines orthogonal to them have such directions, and the sum of two
    neighbours lies between: so rows of −4 to 4 meet every cell."""
    return product(range(-4, 5), repeat=2)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("output", ["signs", "ones", "real"])
def test_what_is_said_of_one_relu_is_true(output, bias):
    rng, seen = Random(f"one {output} {bias}"), Counter()
    for _ in range(40):
        points = [((rng.randint(-2, 2), rng.randint(-2, 2)), rng.choice((1, 1, -1))) for _ in range(rng.randint(2, 5))]
        instance = TrainingInstance(2, 1, tuple(sample(x, y) for x, y in points), output=output, bias=bias)
        said = least_of_one(instance)
        least, weights = missed(points, (1,) if output == "ones" else (1, -1), bias), Counter(y for _, y in points)
        number = int(re.search("least loss is ([0-9]+),", said)[1])
        if bias:
            assert said.endswith("whatever the points are")
            assert number == least
            continue
        rarer = min((1, -1), key=weights.__getitem__)
        of = {"the label 1": (1,), "one label": (1, -1), "the other label": (-rarer,)}
        (named,) = (labels for words, labels in of.items() if f"for all samples of {words}," in said)
        on_a_side = any(
            all(u * x[0] + v * x[1] > 0 for x, y in points if y == label) for label in named for u, v in some_rows()
        )
        assert (number == least) == on_a_side
        assert number <= least
        seen[on_a_side] += 1
    assert bias or min(seen[True], seen[False]) >= 8


CHECKED = [
    THRESHOLD,
    ("--loss", "sign", "--neurons", 2, "--bias"),
    ("--loss", "sign", "--neurons", 1, "--bias", "--activation", "leaky-relu", "--alpha", "1/2"),
]


@pytest.mark.parametrize("options", CHECKED, ids=["threshold", "two ReLUs", "leaky ReLU"])
def test_a_certificate_of_signs_is_about_its_file_only(options, tmp_path):
    """Labels that alternate on a line: one of them is missed; and what was asked for is what --json says."""
    labels, data, certificate = [1, -1, 1, -1], tmp_path / "line.csv", tmp_path / "sign.cert"
    data.write_text(line(labels))
    found = relucert("optimum", data, *options, "-o", certificate, "--json")
    assert {"minimum": 1, "loss": "sign"}.items() <= json.loads(found.stdout).items()
    output = "ones" if options == THRESHOLD else "signs"
    strict = ("--threshold", 1, "--output", output, "--strict")
    done = relucert("check", certificate, "--source", data, *options, *strict)
    assert (done.returncode, done.stderr) == (0, "")
    assert "line.csv: 4 samples in 1 dimension read with loss = sign, from CSV" in done.stdout
    proved = check(BytesIO(certificate.read_bytes())).proved
    assert not compare(proved, {"loss": "sign"}, "line.csv", line(labels)).refusal
    others = [line([-y if i == j else y for i, y in enumerate(labels)]) for j in range(4)]
    others += [line(labels, 2), line(labels[:3]), line([10 * y for y in labels])]
    for other in others:
        read = f"it is not about line.csv: {len(other.splitlines()) - 1} samples in 1 dimension"
        about = compare(proved, {"loss": "sign"}, "line.csv", other)
        assert about.refusal == f"{read} read with loss = sign, from CSV"
        assert compare(proved, {}, "line.csv", other).refusal == f"{read}, from CSV"
    assert compare(proved, {"loss": "sign", "neurons": 3}, "line.csv", line(labels)).refusal.endswith("not neurons = 3")


def line(labels, first=0):
    return "x1,y\n" + "".join(f"{i},{y}\n" for i, y in enumerate(labels, first))


def test_who_does_not_say_how_labels_are_read_is_told(data, tmp_path):
    """One threshold is about labels 0 and 1: a file has these, or has signs and --loss sign is said."""
    certificate, zeros = tmp_path / "sign.cert", tmp_path / "zeros.csv"
    zeros.write_text(data.read_text().replace("-1", "0"))
    assert relucert("optimum", data, *THRESHOLD, "--x", "a", "-o", certificate).returncode == 0
    source = ("check", certificate, "--x", "a", "--source")
    done = relucert(*source, data)
    assert (done.returncode, done.stdout.split("; ")[-1]) == (1, "with --loss sign it is\n")
    done = relucert(*source, zeros, "--loss", "sign")
    assert (done.returncode, done.stdout.split(": ")[-1]) == (
        1,
        "4 samples in 1 dimension read with loss = sign, from CSV\n",
    )
    assert relucert(*source, zeros).returncode == 0
    done = forked.run("relucert.certificates", *source[1:], data)
    assert (done.returncode, done.stdout.split("; ")[-1]) == (1, "with -p loss=sign it is\n")
    assert forked.run("relucert.certificates", *source[1:], data, "-p", "loss=sign").returncode == 0
    done = relucert("check", certificate, "--loss", "sign")
    assert (done.returncode, done.stdout) == (2, "")
    assert "loss = sign says how a source is read: --source FILE" in done.stderr


@pytest.mark.parametrize("power", range(0, 40, 3))
def test_no_gap_is_printed_with_an_exponent(power):
    """Nor as 0 or 100 where it is not; with two digits otherwise."""
    rng = Random(power)
    for _ in range(20):
        small = Fraction(rng.randint(1, 999), 1000) / 10**power
        for share in (small, 1 - small):
            text = percent(share)
            assert re.fullmatch("(more than |less than )?[0-9]+([.][0-9]+)?", text)
            number = Fraction(text.split()[-1])
            if text.startswith("more"):
                assert 99 <= number < 100 * share
            elif text.startswith("less"):
                assert 0 < 100 * share < number < Fraction(1, 1000)
            else:
                assert 0 < number < 100
                assert abs(number - 100 * share) <= number / 20


@pytest.mark.parametrize(
    ("lower", "gap"), [(0, "100"), (Fraction(1, 500), "more than 99"), (Fraction(1, 2), "50"), (1, "0")]
)
def test_the_gap_on_the_screen(lower, gap, capsys):
    """Two labels at one point cost 1, which is refuted for all that is less."""
    found = find(threshold([sample((), 1), sample((), 0)], 0))
    bounds = Bounds(found.instance, found.reached, lower, found.below if lower else NOTHING)
    job = SimpleNamespace(source="one.csv", parsed="2 samples")
    assert report_bounds(False, "one.csv", bounds, job, "sign", None, None) == 0
    assert f"\ngap: {gap} % of the upper one\n" in capsys.readouterr().out


def test_a_loss_that_the_file_states_is_not_overridden(tmp_path):
    instance = TrainingInstance(1, 1, (sample([1], 1), sample([2], -1)), bias=True, activation="threshold", loss="l2")
    data = tmp_path / "data.json"
    data.write_text(dumps(TRAINING.instance_to_json(instance)))
    for loss in ("sign", "l1"):
        done = relucert("optimum", data, "--loss", loss)
        assert done.returncode == 2
        assert done.stderr == f"relucert: {data}: the file says loss = l2, the command says loss = {loss}\n"
