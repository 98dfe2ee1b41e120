"""`--since`: what has changed is judged, what was pinned and is no more is told."""

import json
import shutil
import subprocess

import pytest
from folders import CORPUS, MANIFEST, PATH, TRIANGLE, colored, edit, folder_of_certificates, graph, run


def git(folder, *arguments):
    command = ["git", "-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path, capsys):
    """A repository whose main branch has the certificates in proofs/, and a branch that has left it."""
    folder = folder_of_certificates(tmp_path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "certificates")
    git(tmp_path, "switch", "-qc", "work")
    return folder


def statuses(folder, *options, capsys):
    code, out, err = run(folder, "--since", "main", "--json", *options, capsys=capsys)
    assert err == []
    data = json.loads(out[0])
    return code, {one["file"].removeprefix(f"{folder}/"): one["status"] for one in data["files"]}, data["counts"]


def test_nothing_has_changed(repository, capsys):
    assert statuses(repository, capsys=capsys) == (0, {}, {"unchanged": 6})


def test_only_what_has_changed_is_judged(repository, capsys):
    """Also what is wrong since long before: that is what the whole gate is for."""
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", repository / "set-cover-no.cert")
    git(repository, "switch", "-q", "main")
    git(repository, "commit", "-qam", "wrong")
    git(repository, "switch", "-q", "work")
    git(repository, "merge", "-q", "main")
    assert statuses(repository, capsys=capsys)[0] == 0
    assert run(repository, capsys=capsys)[0] == 1
    source = repository / "colorings" / "triangle.json"
    source.write_text(source.read_text() + "\n")
    code, found, counts = statuses(repository, capsys=capsys)
    assert (code, counts) == (0, {"accepted": 2, "unchanged": 4})
    assert found == {"colorings/triangle-2.cert": "accepted", "colorings/triangle-3.cert": "accepted"}
    graph(source, PATH)
    git(repository, "commit", "-qam", "another graph")
    assert statuses(repository, capsys=capsys)[0] == 1


def test_new_files_and_edited_entries_are_judged(repository, capsys):
    colored(repository / "new.cert", PATH, 2, (1, 0, 1))  # not in the index
    edit(repository, "colorings/triangle-2.cert", parameters={})
    code, found, counts = statuses(repository, capsys=capsys)
    assert (code, counts) == (1, {"rejected": 1, "unchanged": 5, "new": 1})
    assert found == {"new.cert": "new", "colorings/triangle-2.cert": "rejected"}


def test_a_claim_that_is_lost(repository, capsys):
    (repository / "colorings" / "triangle-2.cert").unlink()
    assert statuses(repository, capsys=capsys)[:2] == (1, {"colorings/triangle-2.cert": "missing"})
    run(repository, "--write-manifest", capsys=capsys)
    assert run(repository, capsys=capsys)[0] == 0  # nobody would notice
    assert statuses(repository, capsys=capsys)[:2] == (1, {"colorings/triangle-2.cert": "lost"})
    assert statuses(repository, "--lenient", capsys=capsys)[:2] == (0, {"colorings/triangle-2.cert": "lost"})
    _, out, _ = run(repository, "--since", "main", capsys=capsys)
    assert "lost: rejects hypergraph-coloring NO was pinned at main, and is pinned no more" in out[0]


def test_a_claim_that_is_weakened_is_lost(repository, capsys):
    colored(repository / "colorings" / "path.cert", PATH, 3, (0, 1, 2))
    run(repository, "--write-manifest", capsys=capsys)
    code, out, _ = run(repository, "--since", "main", "--json", capsys=capsys)
    found = [(one["file"].split("/")[-1], one["status"]) for one in json.loads(out[0])["files"]]
    assert (code, found) == (1, [("path.cert", "accepted"), ("path.cert", "lost")])


def test_a_claim_under_another_name_is_not_lost(repository, capsys):
    (repository / "colorings" / "path.cert").rename(repository / "colorings" / "path-2.cert")
    run(repository, "--write-manifest", capsys=capsys)
    assert statuses(repository, capsys=capsys)[:2] == (0, {"colorings/path-2.cert": "accepted"})


def test_what_the_other_branch_has_added_since_is_not_lost(repository, capsys):
    git(repository, "switch", "-q", "main")
    colored(repository / "more.cert", TRIANGLE, 3, (0, 2, 1))
    run(repository, "--write-manifest", capsys=capsys)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "more")
    git(repository, "switch", "-q", "work")
    assert statuses(repository, capsys=capsys) == (0, {}, {"unchanged": 6})


def test_before_there_was_a_manifest(repository, capsys):
    git(repository, "rm", "-q", "--cached", MANIFEST)
    git(repository, "commit", "-qm", "no manifest")
    git(repository, "branch", "-f", "main", "work")
    code, found, _ = statuses(repository, capsys=capsys)
    assert (code, set(found.values()), len(found)) == (0, {"accepted"}, 6)


@pytest.mark.parametrize("revision", ["absent", "--all", "main:proofs", ""])
def test_no_such_revision(repository, capsys, revision):
    code, out, err = run(repository, "--since", revision, capsys=capsys)
    assert (code, out) == (2, [])
    assert err == [f"--since {revision}: there is no such commit"]


def test_no_history_in_common(repository, capsys):
    git(repository, "switch", "-q", "--orphan", "other")
    git(repository.parent, "commit", "-q", "--allow-empty", "-m", "empty")
    git(repository.parent, "switch", "-q", "main")
    code, out, err = run(repository, "--since", "other", capsys=capsys)
    assert (code, out, len(err)) == (2, [], 1)
    assert "no history in common" in err[0]


def test_a_manifest_that_was_broken(repository, capsys):
    text = (repository / MANIFEST).read_text()
    (repository / MANIFEST).write_text("{")
    git(repository, "commit", "-qam", "broken")
    git(repository, "branch", "-f", "main", "work")
    (repository / MANIFEST).write_text(text)
    code, out, err = run(repository, "--since", "main", capsys=capsys)
    assert (code, out, len(err)) == (2, [], 1)
    assert f"{MANIFEST} of main: not JSON" in err[0]


def test_no_repository(tmp_path, capsys):
    folder = folder_of_certificates(tmp_path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    code, out, err = run(folder, "--since", "main", capsys=capsys)
    assert (code, out, len(err)) == (2, [], 1)
    assert "--since main: " in err[0]
    assert "not a git repository" in err[0]
