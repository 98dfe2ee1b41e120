"""Pictures: what is drawn can be counted, the same input gives the same bytes, and bad input is one line."""

import json
import re
import subprocess
import sys
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import Normalize
from test_cli import EXAMPLES, one_line, relucert

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.places import around, contradicted, places_of, point_of
from relucert.verify.plot import GRID, PANELS, _chord, _graph, _shades, plot

pytestmark = pytest.mark.thorough

R, FORMULA = OneInThreeToPlane(), OneInThreeInstance(3, ((0, 1, 2),))
TARGET, NET = R.reduce(FORMULA), R.forward(FORMULA, (1,))
STEPS = Network(((1,), (1,)), (0, -2), (1, -1))


def drawn(svg, name):
    """The names of what the picture shows."""
    return re.findall(rf'id="({name}[^"]*)"', svg.decode())


def shades(instance, net, box):
    """The values behind the shades, which the first colour channel shows here as they are."""
    return np.asarray(_shades(instance, net, box, Normalize(0, 1), lambda values: np.dstack([values] * 4)))[..., 0]


def test_plane_shows_breaklines_and_labels():
    window = (-1, 1, -5, 5)
    svg = plot(TARGET, NET, "svg", window=window)
    assert len(drawn(svg, "breakline-")) == 4
    assert drawn(svg, "label-") == ["label-0", "label-1/3", "label-2/3", "label-1"]
    assert drawn(plot(TARGET, None, "svg", window=window), "breakline-") == []


def test_a_formula_is_drawn_as_an_overview_and_its_gadgets():
    """Four gadgets and three crossings, with two more places beside the gadget of the clause and two single samples
    beside each of the others. Of a variable's four lines all cross its gadget, and four levees cross the plane."""
    svg = plot(TARGET, NET, "svg")
    assert len(drawn(svg, "band-")) == 4
    assert (len(drawn(svg, "gadgets")), len(drawn(svg, "crossings"))) == (1, 1)
    assert len(drawn(svg, "label-1/3")) == PANELS
    assert {f"breakline-{j}" for j in range(16)} == set(drawn(svg, "breakline-"))
    assert drawn(plot(TARGET, None, "svg"), "band-") == []
    assert drawn(plot(TARGET, NET, "svg", window=(-10, 10, -10, 10)), "band-") == []


def test_places_partition_the_samples_and_each_is_small():
    places = places_of([point_of(x) for x, _, _ in TARGET.samples])
    assert sorted(i for place in places for i in place.samples) == list(range(len(TARGET.samples)))
    gadgets = [place for place in places if len(place.samples) > 5]
    assert len(gadgets) == 4
    assert [len(place.samples) for place in places] == sorted((len(p.samples) for p in places), reverse=True)
    for place in places:
        near, net = around(TARGET, NET, place)
        for i, own in zip(place.samples, near.samples, strict=True):  # the same values, the origin moved
            assert net(own.x) == NET(TARGET.samples[i].x) == own.y


def test_two_labels_at_one_point_are_marked():
    twice = TrainingInstance(2, 1, (sample((0, 1), 0), sample((0, 1), 1), sample((1, 0), 0)))
    assert contradicted(twice) == {0, 1}
    assert len(drawn(plot(twice, None, "svg"), "contradictions")) == 1
    once = TrainingInstance(2, 1, (sample((0, 1), 0), sample((0, 1), 0), sample((1, 0), 0)))
    assert drawn(plot(once, None, "svg"), "contradictions") == []
    line = TrainingInstance(1, 1, (sample([1], 0), sample([1], 1)))
    assert len(drawn(plot(line, None, "svg"), "contradictions")) == 1


@pytest.mark.parametrize(
    ("window", "lines"),
    [((-1, 1, -5, 5), range(4)), ((-1, 1, 0, 5), (2, 3)), ((-1, 1, 1275, 1285), range(4, 8)), ((1, 2, 10, 20), ())],
)
def test_breaklines_outside_the_window_are_left_out(window, lines):
    """The levee of the first variable, which is true, is around x₂ = x₁/40, that of the second around x₂ = 1280."""
    net = R.forward(FORMULA, (0,))
    assert drawn(plot(TARGET, net, "svg", window=window), "breakline-") == [f"breakline-{j}" for j in lines]


def test_neurons_without_a_breakline():
    net = Network(((0, 0), (1, 0), (1, 1)), (1, 0, 0), (1, 0, -1))
    instance = TrainingInstance(2, 3, (sample((0, 0), 0), sample((1, 1), 1)), output="real", bias=True)
    assert drawn(plot(instance, net, "svg"), "breakline-") == ["breakline-2"]


def test_chords_against_many_points():
    """The ends of a chord are on the line and on the boundary; without one all of the window is on one side."""
    window = tuple(map(Fraction, (-2, 3, -1, 1)))
    chords = 0
    for u, v, b in ((u, v, b) for u in range(-2, 3) for v in range(-2, 3) for b in range(-7, 8) if u or v):
        ends = _chord(u, v, b, window)
        for x, y in ends:
            assert u * x + v * y + b == pytest.approx(0)
            assert (x in (-2, 3) and -1 <= y <= 1) or (y in (-1, 1) and -2 <= x <= 3)
        corners = [u * x + v * y + b for x in (-2, 3) for y in (-1, 1)]
        if min(corners) < 0 < max(corners):
            assert len(ends) == 2
        elif min(corners) > 0 or max(corners) < 0:
            assert ends == []
        chords += len(ends) == 2
    assert 50 < chords < 300


@pytest.mark.parametrize("activation", ["relu", "threshold"])
@pytest.mark.parametrize(("u", "v"), [(0, 1), (1, 0)])
def test_narrow_levees_fade_and_do_not_vanish(activation, u, v):
    """The shades of a levee 1/50 of a cell wide add up to its area; that of a threshold stripe also."""
    kinks, width = ((-2, 1), (-1, -1), (1, -1), (2, 1)), 3
    if activation == "threshold":
        kinks, width = ((-1, 1), (1, -1)), 2
    net = Network(((u, v),) * len(kinks), tuple(-k - Fraction(1, 7) for k, _ in kinks), tuple(a for _, a in kinks))
    instance = TrainingInstance(2, len(kinks), (), activation=activation, output="signs", bias=True)
    half = 75.0 * GRID
    values = shades(instance, net, (-half, half, -half, half))
    assert values.sum(axis=0 if v else 1) == pytest.approx(width / 150)


def test_graphs_have_exact_corners():
    instance = TrainingInstance(1, 2, (), activation="threshold", output="signs", bias=True)
    x, y = _graph(instance, STEPS, None, Fraction(-1), Fraction(3))
    assert [*zip(x, y, strict=True)] == [(-1, 0), (0, 0), (0, 1), (2, 1), (2, 0), (3, 0)]
    instance = TrainingInstance(2, 4, (), bias=True, clip=(0, Fraction(1, 2)))
    levee = Network(NET.weights[:4], NET.biases[:4], NET.output[:4])
    x, y = _graph(instance, levee, 7, Fraction(-3), Fraction(3))
    assert [*zip(x, y, strict=True)] == [(-3, 0), (-2, 0), (-1, 0.5), (1, 0.5), (2, 0), (3, 0)]


def test_a_section_without_samples_shows_the_network():
    assert len(drawn(plot(TARGET, NET, "svg", line=5), "network")) == 1
    with pytest.raises(InvalidInstance, match="no sample has x1 = 5"):
        plot(TARGET, None, "svg", line=5)


def test_each_sample_is_one_mark():
    instance = TrainingInstance(2, 1, (sample((0, 0), 0), sample((1, 2), 1), sample((1, 3), 1)))
    groups = {g.get("id"): g for g in ElementTree.fromstring(plot(instance, None, "svg")).iter()}
    marks = [len(groups[name].findall(".//{http://www.w3.org/2000/svg}use")) for name in ("label-0", "label-1")]
    assert marks == [1, 2]


def test_section_shows_the_samples_of_the_line():
    svg = plot(TARGET, NET, "svg", line=0)
    assert len(drawn(svg, "network")) == 1
    assert drawn(svg, "samples") == ["samples"]
    one = TrainingInstance(1, 2, (sample([0], 0), sample([2], 1)), activation="threshold")
    assert len(drawn(plot(one, STEPS, "svg"), "network")) == 1


@pytest.mark.parametrize("kind", [pytest.param("svg", marks=pytest.mark.slow), "png"])
def test_same_input_same_bytes(kind):
    picture = plot(TARGET, NET, kind, dark=False)
    assert picture != plot(TARGET, NET, kind, dark=True)
    assert picture == plot(TARGET, NET, kind, dark=False)
    assert picture.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_many_samples_and_many_labels():
    samples = tuple(sample((i % 100, i // 100), i % 17) for i in range(10_000))
    svg = plot(TrainingInstance(2, 1, samples), None, "svg")
    assert drawn(svg, "labels") == ["labels"]
    assert len(svg) < 4_000_000


def test_the_settings_of_the_user_do_not_matter(tmp_path, monkeypatch):
    (tmp_path / "set.csv").write_text("x1,x2,y\n0,0,0\n0,1,1\n")
    (tmp_path / "matplotlibrc").write_text("axes.grid: True\nlines.linewidth: 5\nno.such.setting: 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLCONFIGDIR", "/dev/null/nowhere")
    result = relucert("plot", "set.csv", "-o", "p.svg")
    assert (result.returncode, result.stderr) == (0, "")
    instance = TrainingInstance(2, 1, (sample((0, 0), 0), sample((0, 1), 1)))
    assert (tmp_path / "p.svg").read_bytes() == plot(instance, None, "svg")


def test_a_gadget_far_away_is_drawn_exactly():
    """At heights near 10¹⁰ squares of floating-point numbers would cancel; the shades must not show it."""
    height = 11_035_082_240
    net = Network(((-1, 1),) * 4, tuple(-height - k for k in (-2, -1, 1, 2)), (1, -1, -1, 1))
    instance = TrainingInstance(2, 4, (sample((0, height), 1), sample((0, height + 2), 0)), bias=True)
    window = (-1, 1, height - 5, height + 5)
    assert len(drawn(plot(instance, net, "svg", window=window), "breakline-")) == 4
    values = shades(instance, net, tuple(map(float, window)))
    assert values[GRID // 2, GRID // 2] == pytest.approx(1, abs=1e-4)


def test_other_commands_do_not_load_matplotlib():
    code = "import sys, relucert.verify.commands.main; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_from_formula_to_picture(tmp_path):
    """DIMACS text to a network and a picture, through the command line."""
    formula, target, true, net = (tmp_path / name for name in ("f.cnf", "t.json", "true.json", "net.json"))
    formula.write_text((EXAMPLES / "one_clause.cnf").read_text())
    true.write_text("[1]")
    assert relucert("reduce", "one-in-three-to-plane", formula, "-o", target).returncode == 0
    assert relucert("forward", "one-in-three-to-plane", formula, true, "-o", net).returncode == 0
    assert TRAINING.accepts(TARGET, TRAINING.witness_from_json(json.loads(net.read_text())))
    picture = tmp_path / "p.svg"
    result = relucert("plot", target, "--network", net, "-o", picture)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, f"wrote {picture}")
    assert len(set(drawn(picture.read_bytes(), "breakline-"))) == 16


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "p.gif"], ("p.gif", ".svg or .png")),
        (["-o", "no/such/folder.svg"], ("No such file",)),
        (["-o", "p.svg", "--window", "1", "0", "0", "1"], ("the window is empty",)),
        (["-o", "p.svg", "--window", "0", "nan", "0", "1"], ("--window", "nan")),
        (["-o", "p.svg", "--window", "0", "inf", "0", "1"], ("--window", "inf")),
        (["-o", "p.svg", "--window", "0", "1", "1e20", "100000000000000000001"], ("too narrow",)),
        (["-o", "p.svg", "--window", "0", "1e400", "0", "1"], ("too large",)),
        (["-o", "p.svg", "--window", "0", "1e250", "0", "1"], ("too large",)),
        (["-o", "p.svg", "--line", "1/3"], ("no sample has x1 = 1/3",)),
        (["-o", "p.svg", "--network", "missing.json"], ("missing.json",)),
        (["-o", "p.svg", "--network", "wrong.json"], ("wrong.json", "not one of 2 dimensions")),
    ],
)
def test_bad_requests(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.csv").write_text("x1,x2,y\n0,0,0\n0,1,1\n")
    (tmp_path / "wrong.json").write_text(json.dumps(TRAINING.witness_to_json(STEPS)))
    one_line(relucert("plot", "set.csv", *arguments), *words)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set.csv", "wrong.json"]


def test_three_dimensions_cannot_be_drawn(tmp_path):
    (tmp_path / "set.csv").write_text("x1,x2,x3,y\n0,0,0,0\n")
    one_line(relucert("plot", tmp_path / "set.csv", "-o", tmp_path / "p.svg"), "one or two dimensions")


@pytest.mark.parametrize("row", ["1e400,0,0", "0,0,1e400", "0,1e250,1"])
def test_numbers_beyond_floating_point_cannot_be_drawn(tmp_path, row):
    (tmp_path / "set.csv").write_text(f"x1,x2,y\n1,1,1\n{row}\n")
    one_line(relucert("plot", tmp_path / "set.csv", "-o", tmp_path / "p.svg"), "set.csv", "too large")
