"""A distribution from outside adds a problem and a reduction, with no change here: built, installed, used, checked."""

import json
import shutil
import subprocess
from collections import Counter

import pytest
from dominating_bugs import BUGS
from networkx.generators.atlas import graph_atlas_g
from relucert_dominating.search import SEARCH
from relucert_dominating.trusted import DominatingSetToSetCover

from relucert.testing import ReductionBroken, assert_reduction
from relucert.verify.problems import SEARCHES

FOUND = SEARCHES.with_("dominating-set", SEARCH)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["dominating-set", "dominating-set-to-set-cover"])
@pytest.mark.parametrize(("budget", "answer"), [(1, "NO"), (2, "YES")])
def test_certificates_of_both_answers(relucert, name, budget, answer):
    trust = ["--trust", "relucert-dominating"]
    made = relucert("certify", name, "path.json", "-p", f"budget={budget}", "-o", f"{name}-{answer}", *trust)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith(f"{answer}  {name} path.json\n")
    about = ["--source", "path.json", "--strict", "-p", f"budget={budget}"]
    checked = relucert("check", f"{name}-{answer}", *about, *trust)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith(f"{name}-{answer}: accepted, trusting relucert-dominating 1.0: ")
    plain = relucert("check", f"{name}-{answer}")
    assert (plain.returncode, plain.stderr) == (3, "")
    assert ": unsupported: " in plain.stdout


@pytest.fixture(scope="session")
def mine(fresh):
    """A module of one's own, and an instance."""
    folder, _ = fresh
    (folder / "mine.py").write_text(
        "from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover\n"
        "class Mine(VertexCoverToSetCover):\n    name = 'mine'\nnothing = 1\n"
        "class Taken(VertexCoverToSetCover):\n    name = 'clique-to-threshold'\n"
    )
    (folder / "k3.json").write_text('{"vertices": 3, "edges": [[0, 1], [0, 2], [1, 2]]}')


@pytest.mark.thorough
@pytest.mark.usefixtures("mine")
def test_a_module_of_ones_own(relucert):
    """Without a distribution: module:Class. Its problem has no search here, so only what it shares is decided."""
    for budget, answer in ((1, "NO"), (2, "YES")):
        made = relucert("certify", "mine:Mine", "k3.json", "-p", f"budget={budget}", "-o", f"mine-{answer}")
        assert (made.returncode, made.stderr, made.stdout.split()[0]) == (0, "", answer)
        checked = relucert("check", f"mine-{answer}", "--source", "k3.json", "--strict", "-p", f"budget={budget}")
        assert checked.stdout.startswith(f"mine-{answer}: accepted: agreement vertex-cover and set-cover {answer} (")


@pytest.mark.thorough
def test_a_wrong_module_of_ones_own(fresh, relucert):
    """The target has the budget of the source and one more, or less: exit code 1, and a certificate of that."""
    folder, _ = fresh
    (folder / "wrong.py").write_text(
        "from dataclasses import replace\n"
        "from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover\n"
        "class More(VertexCoverToSetCover):\n    name, more = 'more', 1\n"
        "    def reduce(self, i): return replace(super().reduce(i), budget=i.budget + self.more)\n"
        "class Less(More):\n    name, more = 'less', -1\n"
    )
    (folder / "k3.json").write_text('{"vertices": 3, "edges": [[0, 1], [0, 2], [1, 2]]}')
    for name, budget, sides in (("More", 1, "NO/YES"), ("Less", 2, "YES/NO")):
        arguments = ["certify", f"wrong:{name}", "k3.json", "-p", f"budget={budget}"]
        made = relucert(*arguments, "-o", name)
        assert (made.returncode, made.stdout, len(made.stderr.splitlines())) == (1, "", 1)
        assert made.stderr.endswith(f"; wrote {name}: disagreement {sides}\n")
        checked = relucert("check", name)
        assert checked.stdout.startswith(f"{name}: accepted: disagreement vertex-cover and set-cover {sides} (")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["certify", "absent:X", "k3.json"], "No module named 'absent'"),
        (["certify", "mine:Absent", "k3.json"], "Absent"),
        (["certify", "mine:nothing", "k3.json"], "no class of reductions"),
        (["certify", "mine:Taken", "k3.json"], "is taken, by relucert"),
        (["check", "--trust", "absent", "k3.json"], "'absent' is not installed"),
        (["check", "--trust", "networkx", "k3.json"], "no entry point"),
        (["certify", "sat-to-three-sat/vertex-cover-to-set-cover", "k3.json"], "do not fit"),
        (["certify", "no-such-reduction", "k3.json"], "no reduction 'no-such-reduction'"),
    ],
)
@pytest.mark.usefixtures("mine")
def test_what_is_wrong_is_one_clear_line(relucert, arguments, word):
    done = relucert(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


def test_the_reduction_breaks_no_law(shares):
    found = assert_reduction(DominatingSetToSetCover(), searches=FOUND)
    assert not found.unchecked
    shares(found.answers["YES"], found.answers["NO"])


@pytest.mark.parametrize("bug", BUGS, ids=[bug.__name__ for bug in BUGS])
def test_seeded_bugs_are_caught_and_shrunk(bug):
    """By the law that is meant, and on the smallest instance on which it is broken."""
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(bug(), searches=FOUND)
    example = broken.value.counterexample
    assert broken.value.law in bug.laws
    assert bug.smallest in (None, example.instance_file().strip())
    assert example.instance_file() in str(broken.value)
    search = "--search relucert_dominating.search:SEARCH"
    assert f"  relucert fuzz dominating_bugs:{bug.__name__} {search} FILE" in str(broken.value).splitlines()


@pytest.fixture(scope="module")
def certified(fresh):
    """A folder with a certificate of each answer and the source of both."""
    folder, python = fresh
    (folder / "kept").mkdir()
    shutil.copy(folder / "path.json", folder / "kept")
    for budget in (1, 2):
        words = ["certify", "dominating-set-to-set-cover", "path.json", "-p", f"budget={budget}"]
        to = ["-o", f"path.{budget}.cert", "--trust", "relucert-dominating"]
        subprocess.run([python, "-m", "relucert", *words, *to], cwd=folder / "kept", check=True, capture_output=True)
    return folder / "kept"


@pytest.mark.thorough
def test_the_gate(certified, relucert):
    plain = relucert("gate", "kept", "--write-manifest")
    assert plain.returncode == 3
    assert "unsupported" in plain.stdout + plain.stderr
    pinned = relucert("gate", "kept", "--write-manifest", "--trust", "relucert-dominating")
    assert pinned.returncode == 0, pinned.stdout + pinned.stderr
    passed = relucert("gate", "kept", "--json", "--trust", "relucert-dominating")
    assert (passed.returncode, json.loads(passed.stdout)["verdict"]) == (0, "passed")
    assert relucert("gate", "kept").returncode == 3
    [first, second] = sorted(certified.glob("*.cert"))
    before = first.read_bytes()
    try:
        first.write_bytes(second.read_bytes())  # valid, and of the other answer
        changed = relucert("gate", "kept", "--trust", "relucert-dominating")
        assert changed.returncode == 1
        assert f"kept/{first.name}: changed, trusting relucert-dominating 1.0: " in changed.stdout
    finally:
        first.write_bytes(before)


@pytest.mark.thorough
@pytest.mark.parametrize(("trust", "code"), [(["--relucert-trust", "relucert-dominating"], 0), ([], 1)])
def test_certificates_are_test_items(certified, fresh, trust, code):
    options = ["-q", "-p", "no:cacheprovider", "--relucert", "--relucert-source-dir", ".", *trust]
    command = [fresh[1], "-m", "pytest", *options, "--rootdir", ".", "."]
    done = subprocess.run(command, capture_output=True, text=True, cwd=certified)
    assert done.returncode == code, done.stdout
    assert ("2 passed" if code == 0 else "2 failed") in done.stdout


@pytest.mark.thorough
def test_a_family_from_outside_is_swept(fresh, relucert):
    """All graphs with at most four vertices, half of which one vertex dominates; whoever checks trusts the family."""
    folder, _ = fresh
    trust = ["--trust", "relucert-dominating"]
    words = ["dominating-set-to-set-cover", "--upto", 4, "-p", "budget=1", "--db", "dominating.db", "--quiet", *trust]
    done = relucert("sweep", *words)
    assert (done.returncode, done.stderr) == (0, "")
    answers = Counter("YES" if any(d == len(g) - 1 for _, d in g.degree) or not g else "NO" for g in graphs_up_to(4))
    assert f"19 instances, {answers['YES']} YES, {answers['NO']} NO" in done.stdout
    verified = relucert("sweep", "verify", "dominating.db", *trust)
    assert verified.stdout.startswith("dominating.db: accepted, trusting relucert-dominating 1.0: dominating-set-")
    assert relucert("sweep", "export", "dominating.db", "-o", "dominating.cert").returncode == 0
    assert relucert("check", "dominating.cert").returncode == 3
    checked = relucert("check", "dominating.cert", *trust)
    assert ": accepted, trusting relucert-dominating 1.0: sweep " in checked.stdout
    assert (folder / "dominating.cert").exists()


@pytest.mark.thorough
@pytest.mark.usefixtures("mine")
def test_a_reduction_of_ones_own_is_swept_by_agreements(relucert):
    done = relucert("sweep", "mine:Mine", "--upto", 3, "-p", "budget=1", "--db", "mine.db", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert relucert("sweep", "export", "mine.db", "-o", "mine-whole.cert").returncode == 0
    checked = relucert("check", "mine-whole.cert")
    assert (checked.returncode, checked.stdout.split(": ")[1]) == (0, "accepted")
    assert "all graphs with at most 3 vertices up to isomorphism, 8 of them" in checked.stdout


def graphs_up_to(n):
    return [graph for graph in graph_atlas_g() if len(graph) <= n]
