"""A certificate depends on neither the hashes of strings nor the time limit, if a prover is chosen."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from relucert.reductions.problems.training import LOSSES, TrainingInstance, sample
from relucert.verify import optimum
from relucert.verify.certify import certify_minimum
from relucert.verify.provers import PROVERS
from relucert.verify.provers.base import Deadline

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
POINTS = ("2,0", "-2,2", "0,-2", "0,1", "-1,3", "-3,1", "0,3", "1,-3", "3,2", "2,-3")
NO = (3, -1, 1, 2, 1, 0, 3, 1, 3, 0)
YES = (3, -1, 0, 2, 1, -1, 3, 0, 3, 0)
SETTINGS = (("1", "60"), ("2", "600"))  # the seed of hashes, and the time limit in seconds


def certificates(folder, command, files, options, words):
    """Those of the files by the command, in a new process for each setting.

    words: of the formulas that are decided in that process, without another one for the prover.
    """
    code = f"from relucert.verify import small\nsmall.WORDS = {words}\n"
    code += "from relucert.verify.commands.main import main\nmain()"
    found = []
    for seed, limit in SETTINGS:
        out = folder / seed
        arguments = [sys.executable, "-c", code, command, *files, *options, "--time-limit", limit, "-o", out, "--quiet"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        result = subprocess.run([*map(str, arguments)], env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result
        made = [out] if out.is_file() else sorted(out.iterdir())
        found.append([path.read_bytes() for path in made])
    return found


def table(folder, name, rows):
    path = folder / name
    path.write_text("\n".join(("x1,x2,y", *(f"{x},{y}" for x, y in rows))) + "\n")
    return path


@pytest.mark.parametrize(
    ("prover", "words"),
    [
        ("lp", 0),
        ("z3", 0),
        pytest.param("lp", 16_000, marks=pytest.mark.slow),
        pytest.param("z3", 16_000, marks=pytest.mark.slow),
    ],
)
def test_certificates_of_one_prover_are_the_same(tmp_path, prover, words):
    """Of clipped networks nothing is derived beforehand; in processes of their own, and in that of the command."""
    files = [
        table(tmp_path, f"{name}.csv", zip(POINTS, labels, strict=True)) for name, labels in (("no", NO), ("yes", YES))
    ]
    for folder, _ in SETTINGS:
        (tmp_path / folder).mkdir()
    options = ("--neurons", "2", "--bias", "-p", "clip=-1,3", "--prover", prover)
    first, second = certificates(tmp_path, "certify", ("training", *files), options, words)
    assert [b'"claim":"rejects"' in one for one in first] == [True, False]
    assert first[0].count(b"\n") > 10  # steps that a prover has found
    assert first == second


def test_refuted_colorings_are_the_same(tmp_path):
    """The SAT solver alone is for these, whichever prover is chosen."""
    options = ("-p", "colors=3", "--prover", "lp")
    first, second = certificates(tmp_path, "certify", ("hypergraph-coloring", EXAMPLES / "grotzsch.col"), options, 0)
    assert first[0].count(b"\n") > 10
    assert first == second


def test_least_losses_are_the_same(tmp_path):
    """By branch and bound, to the end: what ends it earlier, time or a gap, is up to the clock."""
    points = [(f"{x},{x * x % 3}", 7 * x * x % 5) for x in range(9)]
    options = ("--neurons", "2", "--bias", "--loss", "l2", "--prover", "lp")
    first, second = certificates(tmp_path, "optimum", (table(tmp_path, "least.csv", points),), options, 0)
    assert first[0].count(b"\n") > 10
    assert first == second


@pytest.mark.parametrize("loss", LOSSES[1:])
def test_pauses_of_a_search_do_not_matter(monkeypatch, loss):
    """In which bounds are certified, after times that depend on the limit: to the end the same nodes are cut."""
    rng = random.Random("unlike 10 2 14")
    points = ([rng.randint(-9, 9) for _ in range(2)] for _ in range(10))
    samples = tuple(sample(x, rng.randint(-9, 9)) for x in points)
    instance = TrainingInstance(2, 1 if loss == "l0" else 2, samples, bias=True, loss=loss)
    found = set()
    for pause in (1e-4, 1e-2, 1e4):
        monkeypatch.setattr(optimum, "FIRST_PAUSE", pause)
        found.add(certify_minimum(optimum.minimum(instance, PROVERS["lp"], Deadline())).certificate)
    assert len(found) == 1
