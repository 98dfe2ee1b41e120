"""A distribution from outside adds a problem and a reduction, with no change here: built, installed, used, checked."""

import pytest


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


@pytest.mark.thorough
def test_a_module_of_ones_own(fresh, relucert):
    """Without a distribution: module:Class. Its problem has no search here, so only what it shares is decided."""
    folder, _ = fresh
    (folder / "mine.py").write_text(
        "from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover\n"
        "class Mine(VertexCoverToSetCover):\n    name = 'mine'\nnothing = 1\n"
        "class Taken(VertexCoverToSetCover):\n    name = 'clique-to-threshold'\n"
    )
    (folder / "k3.json").write_text('{"vertices": 3, "edges": [[0, 1], [0, 2], [1, 2]]}')
    for budget, answer in ((1, "NO"), (2, "YES")):
        made = relucert("certify", "mine:Mine", "k3.json", "-p", f"budget={budget}", "-o", f"mine-{answer}")
        assert (made.returncode, made.stderr, made.stdout.split()[0]) == (0, "", answer)
        checked = relucert("check", f"mine-{answer}", "--source", "k3.json", "--strict", "-p", f"budget={budget}")
        assert checked.stdout.startswith(
            f"mine-{answer}: accepted: agreement vertex-cover and set-cover {answer}; k3.json"
        )


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
        assert checked.stdout == f"{name}: accepted: disagreement vertex-cover and set-cover {sides}\n"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["certify", "absent:X", "k3.json"], "No module named 'absent'"),
        (["certify", "mine:Absent", "k3.json"], "Absent"),
        (["certify", "mine:nothing", "k3.json"], "no class of reductions"),
        (["certify", "mine:Taken", "k3.json"], "is taken, by relucert"),
        (["check", "--trust", "absent", "mine-NO"], "'absent' is not installed"),
        (["check", "--trust", "networkx", "mine-NO"], "no entry point"),
        (["certify", "sat-to-three-sat/vertex-cover-to-set-cover", "k3.json"], "do not fit"),
        (["certify", "no-such-reduction", "k3.json"], "no reduction 'no-such-reduction'"),
    ],
)
def test_what_is_wrong_is_one_clear_line(fresh, relucert, arguments, word):
    test_a_module_of_ones_own(fresh, relucert)
    done = relucert(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr
