"""Pictures: what is drawn can be counted, the same input gives the same bytes, and bad input is one line."""

import json
import re
from xml.etree import ElementTree

import pytest
from test_cli import EXAMPLES, one_line, relucert

from reductions import OneInThreeToPlane
from reductions.problems.one_in_three import OneInThreeInstance
from reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from verify.plot import plot

R, FORMULA = OneInThreeToPlane(), OneInThreeInstance(3, ((0, 1, 2),))
TARGET, NET = R.reduce(FORMULA), R.forward(FORMULA, (1,))
STEPS = Network(((1,), (1,)), (0, -2), (1, -1))


def drawn(svg, name):
    """The names of what the picture shows."""
    return re.findall(rf'id="({name}[^"]*)"', svg.decode())


def test_plane_shows_breaklines_and_labels():
    svg = plot(TARGET, NET, "svg")
    assert len(drawn(svg, "breakline-")) == 16
    assert drawn(svg, "label-") == ["label-0", "label-1/3", "label-2/3", "label-1"]
    assert drawn(plot(TARGET, None, "svg"), "breakline-") == []


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


@pytest.mark.parametrize("kind", ["svg", "png"])
@pytest.mark.parametrize("dark", [False, True])
def test_same_input_same_bytes(kind, dark):
    picture = plot(TARGET, NET, kind, dark)
    assert picture == plot(TARGET, NET, kind, dark)
    assert picture != plot(TARGET, NET, kind, not dark)
    assert picture.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_many_samples_and_many_labels():
    samples = tuple(sample((i % 100, i // 100), i % 17) for i in range(10_000))
    svg = plot(TrainingInstance(2, 1, samples), None, "svg")
    assert drawn(svg, "labels") == ["labels"]
    assert len(svg) < 4_000_000


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
    assert (result.returncode, result.stdout) == (0, f"wrote {picture}\n")
    assert len(drawn(picture.read_bytes(), "breakline-")) == 16


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "p.gif"], ("p.gif", ".svg or .png")),
        (["-o", "no/such/folder.svg"], ("No such file",)),
        (["-o", "p.svg", "--window", "1", "0", "0", "1"], ("the window is empty",)),
        (["-o", "p.svg", "--window", "0", "nan", "0", "1"], ("--window", "nan")),
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
