"""`relucert gate` passes if every certificate proves what is pinned about the file that is pinned, and else not."""

import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest
from folders import (
    CORPUS,
    MANIFEST,
    PATH,
    TLS,
    TRIANGLE,
    colored,
    edit,
    entries,
    first_line,
    folder_of_certificates,
    graph,
    run,
    sha256,
)

from relucert.reductions.exact import InvalidInstance
from relucert.verify.gate.manifest import Claimed, Entry, manifest_text, parse_manifest

SIX = ["colorings/path.cert", "colorings/triangle-2.cert", "colorings/triangle-3.cert", "equivalence-no.cert",
       "set-cover-no.cert", "stripe.cert.gz"]  # fmt: skip


@pytest.fixture
def unpinned(tmp_path):
    return folder_of_certificates(tmp_path / "proofs")


@pytest.fixture
def pinned(unpinned, capsys):
    code, _, err = run(unpinned, "--write-manifest", capsys=capsys)
    assert (code, err) == (0, [])
    return unpinned


def outcome(folder, name, *options, capsys):
    """Exit code, status, reason and note of one certificate."""
    code, out, _ = run(folder, "--json", *options, capsys=capsys)
    [found] = [one for one in json.loads(out[0])["files"] if one["file"] == str(folder / name)]
    return code, found["status"], found["reason"], found["note"]


# ----------------------------------------------------------------------------------------------------- what is pinned


def test_the_manifest_says_what_is_proved_and_about_what(pinned):
    found = {entry["certificate"]: entry for entry in entries(pinned)}
    assert list(found) == SIX
    triangle = pinned / "colorings" / "triangle-2.cert"
    canonical = json.dumps(first_line(triangle), sort_keys=True, separators=(",", ":")).encode()
    assert found["colorings/triangle-2.cert"] == {
        "certificate": "colorings/triangle-2.cert",
        "certificate_sha256": sha256(triangle.read_bytes()),
        "claim": "rejects",
        "claim_sha256": sha256(canonical),
        "answer": "NO",
        "problem": "hypergraph-coloring",
        "parameters": {"colors": 2},
        "source": "colorings/triangle.json",
        "source_sha256": sha256((pinned / "colorings" / "triangle.json").read_bytes()),
    }
    said = {name: (e["claim"], e["answer"], e.get("source"), e["parameters"]) for name, e in found.items()}
    assert said["colorings/triangle-3.cert"] == ("accepts", "YES", "colorings/triangle.json", {"colors": 3})
    assert said["set-cover-no.cert"] == ("rejects", "NO", "set-cover-no.json", {})
    assert said["stripe.cert.gz"] == ("lemma", "HOLDS", None, {})
    assert found["equivalence-no.cert"]["reduction"] == first_line(pinned / "equivalence-no.cert")["reduction"]


def test_all_as_pinned(pinned, capsys):
    code, out, err = run(pinned, capsys=capsys)
    assert (code, err) == (0, [])
    assert out == [f"{pinned / MANIFEST}: passed: 6 certificates: 6 accepted"]
    code, out, _ = run(pinned, "-v", capsys=capsys)
    assert [line.split(": ")[0] for line in out[:-1]] == [str(pinned / name) for name in SIX]
    assert "colors = 2 as given" in out[1]


def test_pinning_again_changes_nothing(pinned, capsys):
    before = (pinned / MANIFEST).read_bytes()
    assert run(pinned, "--write-manifest", capsys=capsys)[0] == 0
    assert (pinned / MANIFEST).read_bytes() == before


def test_nothing_is_pinned_while_something_is_wrong(unpinned, capsys):
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", unpinned / "bad.cert")
    code, out, _ = run(unpinned, "--write-manifest", capsys=capsys)
    assert code == 1
    assert out[-1] == f"did not write {unpinned / MANIFEST}"
    assert not (unpinned / MANIFEST).exists()


def test_a_file_of_its_name_must_be_what_a_certificate_is_about(unpinned, capsys):
    graph(unpinned / "colorings" / "path.json", TRIANGLE)
    code, out, _ = run(unpinned, "--write-manifest", capsys=capsys)
    assert code == 1
    assert "path.cert: rejected: the certificate is valid, but it is not about colorings/path.json" in out[0]


def test_pinning_says_what_has_changed_and_keeps_what_is_elsewhere(pinned, capsys):
    colored(pinned / "colorings" / "path.cert", PATH, 3, (0, 1, 2))
    (pinned / "colorings" / "triangle-2.cert").unlink()
    (pinned / "set-cover-no.cert").unlink()
    code, out, _ = run(pinned / "colorings", "--manifest", pinned / MANIFEST, "--write-manifest", capsys=capsys)
    assert code == 0
    assert ": changed: now pinned: accepts hypergraph-coloring YES about colorings/path.json with colors = 3;" in out[0]
    assert "before: accepts hypergraph-coloring YES about colorings/path.json with colors = 2" in out[0]
    assert "triangle-2.cert: missing: it is pinned no more" in out[1]
    assert [entry["certificate"] for entry in entries(pinned)] == [name for name in SIX if name != SIX[1]]


def test_sources_may_be_elsewhere(unpinned, capsys):
    (unpinned / "sources").mkdir()
    for path in [*unpinned.glob("*.json"), *unpinned.glob("*/*.json")]:
        path.rename(unpinned / "sources" / path.name)
    assert run(unpinned, "--write-manifest", "--source-dir", unpinned / "sources", capsys=capsys)[0] == 0
    assert [entry.get("source", "")[:8] for entry in entries(unpinned)] == ["sources/"] * 5 + [""]
    assert run(unpinned, capsys=capsys)[0] == 0


def test_certificates_of_signs_are_pinned_with_their_file(tmp_path, capsys):
    """The file has the labels 1 and -1, the certificate an l0 loss: that it is read with loss = sign is pinned."""
    data, folder = tmp_path / "proofs" / "signs.csv", tmp_path / "proofs"
    folder.mkdir()
    data.write_text("x,y\n0,1\n1,1\n2,-1\n3,1\n")
    threshold = ["--loss", "sign", "--activation", "threshold", "--neurons", "1", "--bias"]
    command = [sys.executable, "-m", "relucert", "optimum", data, *threshold, "-o", folder / "signs.cert"]
    subprocess.run(command, check=True, capture_output=True)
    assert run(folder, "--write-manifest", capsys=capsys)[0] == 0
    [entry] = entries(folder)
    assert (entry["source"], entry["parameters"]["loss"]) == ("signs.csv", "sign")
    assert run(folder, capsys=capsys)[0] == 0
    data.write_text("x,y\n0,1\n1,1\n2,-1\n3,-1\n")
    code, status, reason, _ = outcome(folder, "signs.cert", capsys=capsys)
    assert (code, status) == (1, "rejected")
    assert "not about signs.csv" in reason


def test_a_manifest_is_read_as_it_is_written():
    values = {
        "colors": 2,
        "clip": [0, "1/2"],
        "bias": True,
        "norm_bound": None,
        "loss": "l1",
        "factor": [[1, "1/2"], [0, 2]],
    }
    entry = Entry("a/b.cert", "0" * 64, Claimed("minimum", "HOLDS", "", "x/y", "1" * 64), values, "a/s.csv", "2" * 64)
    other = Entry("a.cert", "0" * 64, Claimed("accepts", "YES", "training", "", "1" * 64), {"threshold": "-1/3"})
    manifest = {entry.certificate: entry, other.certificate: other}
    assert parse_manifest(manifest_text(manifest)) == manifest


@pytest.mark.thorough
def test_every_certificate_of_the_corpus_can_be_pinned(tmp_path, capsys):
    """Each beside its source, if it has one: whatever parameters there are, matrices too, a manifest keeps them."""
    for path in (CORPUS / "accept").iterdir():
        packed = path.name.endswith(".gz")
        shutil.copy(path, tmp_path / f"{path.name.split('.')[0]}.cert{'.gz' * packed}")
        claim = json.loads((gzip.open if packed else open)(path, "rt").readline())
        if (source := claim.get("source", claim.get("instance"))) is not None:
            (tmp_path / f"{path.name.split('.')[0]}.json").write_text(json.dumps(source))
    assert run(tmp_path, "--write-manifest", capsys=capsys)[0] == 0
    values = [value for entry in entries(tmp_path) for value in entry["parameters"].values()]
    assert any(type(value) is list and type(value[0]) is list for value in values)
    code, out, err = run(tmp_path, capsys=capsys)
    assert (code, err) == (0, []), out


# ----------------------------------------------------------------------------------------------- what is not as pinned


def test_another_claim_fails_though_it_is_valid(pinned, capsys):
    path = pinned / "colorings" / "path.cert"
    colored(path, PATH, 3, (0, 1, 2))
    code, status, reason, _ = outcome(pinned, "colorings/path.cert", capsys=capsys)
    assert (code, status) == (1, "changed")
    assert reason == (
        "the certificate is valid, but it proves accepts hypergraph-coloring YES, "
        "of another instance or property than is pinned"
    )
    shutil.copy(CORPUS / "accept/coloring-no-triangle-by-rup.jsonl", path)
    code, status, reason, _ = outcome(pinned, "colorings/path.cert", capsys=capsys)
    assert (code, status) == (1, "changed")
    assert "proves rejects hypergraph-coloring NO, not accepts hypergraph-coloring YES" in reason


def test_every_word_of_the_first_line_is_pinned(pinned, capsys):
    """A property, a parameter of a reduction, the hash of a target: nothing else in the manifest says them."""
    path = pinned / "stripe.cert.gz"
    claim = json.loads(gzip.decompress(path.read_bytes()).split(b"\n")[0])
    claim["property"][0].append([{"bound": 0, "le": [[0, 1]]}])  # a weaker lemma
    canonical = json.dumps(claim, sort_keys=True, separators=(",", ":")).encode()
    edit(pinned, "stripe.cert.gz", claim_sha256=sha256(canonical))
    code, status, reason, _ = outcome(pinned, "stripe.cert.gz", capsys=capsys)
    assert (code, status) == (1, "changed")
    assert "it proves lemma training HOLDS, of another instance or property than is pinned" in reason


@pytest.mark.parametrize(
    ("corpus", "code", "status", "words"),
    [
        ("reject/id-repeated.jsonl", 1, "rejected", "line 4, step 10:"),
        ("malformed/truncated-inside-a-line.jsonl", 2, "malformed", "line 4:"),
        ("malformed/gzip-cut-off.jsonl.gz", 2, "malformed", "line 3"),
    ],
)
def test_a_bad_certificate_is_named_with_its_line(pinned, capsys, corpus, code, status, words):
    shutil.copy(CORPUS / corpus, pinned / "colorings" / "path.cert")
    found = outcome(pinned, "colorings/path.cert", capsys=capsys)
    assert found[:2] == (code, status)
    assert found[2].startswith(words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--work-limit", "300"], "line"),
        (["--memory-limit", "100"], "too long"),
        (["--byte-limit", "100"], "more than 100 bytes"),
    ],
)
def test_limits_of_each_file(pinned, capsys, options, words):
    code, status, reason, _ = outcome(pinned, "equivalence-no.cert", *options, capsys=capsys)
    assert (code, status) == (3, "resource-limit")
    assert words in reason


def test_what_another_checker_has_to_judge_is_unsupported(pinned, capsys):
    path = pinned / "colorings" / "path.cert"
    path.write_text(path.read_text().replace("relucert-3", "relucert-9"))
    assert outcome(pinned, "colorings/path.cert", capsys=capsys)[:2] == (3, "unsupported")


def test_new_certificates_fail_unless_the_gate_is_lenient(pinned, capsys):
    colored(pinned / "new.cert", PATH, 2, (1, 0, 1))
    assert outcome(pinned, "new.cert", capsys=capsys)[:2] == (1, "new")
    assert outcome(pinned, "new.cert", "--lenient", capsys=capsys)[:2] == (0, "new")
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", pinned / "new.cert")
    for options in ([], ["--lenient"]):
        assert outcome(pinned, "new.cert", *options, capsys=capsys)[:2] == (1, "rejected")


def test_missing_certificates_and_sources(pinned, capsys):
    (pinned / "colorings" / "path.cert").unlink()
    (pinned / "set-cover-no.json").unlink()
    for options in ([], ["--lenient"]):
        code, status, reason, _ = outcome(pinned, "colorings/path.cert", *options, capsys=capsys)
        assert (code, status) == (1, "missing")
        assert reason == "it is not there; pinned is accepts hypergraph-coloring YES"
        assert outcome(pinned, "set-cover-no.cert", *options, capsys=capsys)[:2] == (1, "missing")


def test_a_source_is_compared_by_what_it_says(pinned, capsys):
    source = pinned / "colorings" / "triangle.json"
    source.write_text(source.read_text() + "\n")
    code, status, _, note = outcome(pinned, "colorings/triangle-2.cert", capsys=capsys)
    assert (code, status) == (0, "accepted")
    assert "colorings/triangle.json has been edited since" in note
    for edges, stated in ((PATH, {}), (TRIANGLE, {"colors": 4})):
        graph(source, edges, **stated)
        for name in ("colorings/triangle-2.cert", "colorings/triangle-3.cert"):
            code, status, reason, _ = outcome(pinned, name, capsys=capsys)
            assert (code, status) == (1, "rejected")
            assert "not about colorings/triangle.json" in reason


def test_what_neither_the_source_nor_the_manifest_says_fails(pinned, capsys):
    edit(pinned, "colorings/triangle-2.cert", parameters={})
    code, status, reason, _ = outcome(pinned, "colorings/triangle-2.cert", capsys=capsys)
    assert (code, status) == (1, "rejected")
    assert 'does not say colors = 2: give {"colors":2} in the manifest' in reason
    assert outcome(pinned, "colorings/triangle-2.cert", "--lenient", capsys=capsys)[:2] == (0, "accepted")


def test_another_value_of_a_parameter_fails(pinned, capsys):
    edit(pinned, "colorings/triangle-2.cert", parameters={"colors": 3})
    code, status, reason, _ = outcome(pinned, "colorings/triangle-2.cert", capsys=capsys)
    assert (code, status) == (1, "rejected")
    assert "with colors = 2, not colors = 3" in reason


def test_another_proof_of_the_same_claim_passes(pinned, capsys):
    path = pinned / "colorings" / "triangle-2.cert"
    lines = map(json.loads, path.read_text().splitlines())
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))  # with spaces
    code, status, _, note = outcome(pinned, "colorings/triangle-2.cert", capsys=capsys)
    assert (code, status) == (0, "accepted")
    assert "another proof of the pinned claim" in note


def test_files_of_others_are_left_alone_unless_they_are_pinned(pinned, capsys):
    (pinned / "tls.cert").write_text(TLS)
    (pinned / "tls.cert.gz").write_bytes(gzip.compress(TLS.encode()))
    code, out, err = run(pinned, capsys=capsys)
    assert (code, out[-1]) == (0, f"{pinned / MANIFEST}: passed: 6 certificates: 6 accepted")
    assert err == [
        f"{pinned / name}: left alone: this is no certificate of relucert" for name in ("tls.cert", "tls.cert.gz")
    ]
    (pinned / "empty.cert").write_bytes(b"")
    assert outcome(pinned, "empty.cert", capsys=capsys)[:2] == (2, "malformed")
    (pinned / "empty.cert").unlink()
    (pinned / "colorings" / "path.cert").write_text(TLS)
    assert outcome(pinned, "colorings/path.cert", capsys=capsys)[:2] == (2, "malformed")


def test_a_part_of_the_folder(pinned, capsys):
    (pinned / "set-cover-no.cert").unlink()
    whole = ["--manifest", pinned / MANIFEST]
    code, out, _ = run(pinned / "colorings", *whole, capsys=capsys)
    assert (code, out[-1].split(": ", 1)[1]) == (0, "passed: 3 certificates: 3 accepted")
    code, out, _ = run(pinned / "colorings", pinned / "stripe.cert.gz", *whole, capsys=capsys)
    assert (code, out[-1].split(": ", 1)[1]) == (0, "passed: 4 certificates: 4 accepted")
    assert run(pinned, capsys=capsys)[0] == 1


def test_links_to_folders_are_followed(pinned, tmp_path, capsys):
    (tmp_path / "elsewhere").mkdir()
    colored(tmp_path / "elsewhere" / "linked.cert", PATH, 2, (0, 1, 0))
    (pinned / "link").symlink_to(tmp_path / "elsewhere")
    assert outcome(pinned, "link/linked.cert", capsys=capsys)[:2] == (1, "new")


def test_hidden_folders_are_not_entered(pinned, capsys):
    (pinned / ".venv").mkdir()
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", pinned / ".venv" / "x.cert")
    assert run(pinned, capsys=capsys)[0] == 0


# ----------------------------------------------------------------------------------------------------------- bad input


def loop(folder):
    (folder / "colorings" / "back").symlink_to(folder)


def self_link(folder):
    (folder / "self").symlink_to(folder / "self")


def hidden(folder):
    colored(folder / ".hidden.cert", PATH, 2, (0, 1, 0))


def pipe(folder):
    os.mkfifo(folder / "pipe.cert")


def dangling(folder):
    (folder / "dangling.cert").symlink_to(folder / "nowhere")


def alias(folder):
    (folder / "alias.cert").symlink_to(folder / "set-cover-no.cert")


def twice(folder):
    data = json.loads((folder / MANIFEST).read_text())
    data["certificates"].append(data["certificates"][0])
    (folder / MANIFEST).write_text(json.dumps(data))


def no_json(folder):
    (folder / MANIFEST).write_text('{"certificates": [\n')


def no_text(folder):
    (folder / MANIFEST).write_bytes(b"\xff\xfe")


def key_twice(folder):
    (folder / MANIFEST).write_text('{"format": "relucert-manifest-1", "format": "relucert-manifest-1"}')


def none(folder):
    (folder / MANIFEST).unlink()


def a_list(folder):
    (folder / MANIFEST).write_text("[]")


def another_format(folder):
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace("relucert-manifest-1", "relucert-manifest-7"))


def manifest_loop(folder):
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).symlink_to(folder / MANIFEST)


def entry(**changes):
    return lambda folder: edit(folder, "set-cover-no.cert", **changes)


BAD = {
    "a circle of links": (loop, ["colorings/back", "lead from this folder to itself"]),
    "a link to itself": (self_link, ["self: Too many levels of symbolic links"]),
    "hidden": (hidden, [".hidden.cert", "hidden"]),
    "a named pipe": (pipe, ["pipe.cert: this is no regular file"]),
    "a dangling link": (dangling, ["dangling.cert: No such file"]),
    "two names of one file": (alias, ["set-cover-no.cert", "the same file as", "alias.cert"]),
    "two entries": (twice, [MANIFEST, "entry 7: there are two entries for colorings/path.cert"]),
    "no JSON": (no_json, [MANIFEST, "not JSON", "line 2 column 1"]),
    "no text": (no_text, [MANIFEST, "byte 0 is not UTF-8"]),
    "a key twice": (key_twice, [MANIFEST, "'format' stands twice"]),
    "no manifest": (none, [MANIFEST, "there is no manifest"]),
    "a list": (a_list, [MANIFEST, "expected an object"]),
    "another format": (another_format, [MANIFEST, "'relucert-manifest-7'"]),
    "a manifest that leads to itself": (manifest_loop, [MANIFEST, "Too many levels of symbolic links"]),
    "a field missing": (entry(answer=None), ["entry 5: the field 'answer' is missing"]),
    "an unknown field": (entry(anwser="NO"), ["entry 5: the field 'anwser' is unknown"]),
    "no subject": (entry(problem=None), ["entry 5: expected either a problem or a reduction"]),
    "two subjects": (entry(reduction="x"), ["entry 5: expected either a problem or a reduction"]),
    "a source without a hash": (entry(source_sha256=None), ["entry 5: a source has a source_sha256"]),
    "no hash": (entry(claim_sha256="ABC"), ["entry 5: claim_sha256: 'ABC' is no SHA-256"]),
    "no word": (entry(answer=True), ["entry 5: answer: expected a word, not True"]),
    "a float": (entry(parameters={"budget": 0.5}), ["0.5' is a float"]),
    "no parameter": (entry(parameters={"budget": {}}), ["entry 5: parameters: budget: {} is no value"]),
    "no parameters": (entry(parameters=[]), ["entry 5: parameters: expected an object"]),
    "an absolute path": (entry(source="/etc/passwd"), ["entry 5: '/etc/passwd': expected the path from the folder"]),
    "a path outside": (entry(source="../x"), ["entry 5: '../x' is hidden or leads out"]),
    "another spelling": (entry(certificate="a//set-cover-no.cert"), ["without . and //"]),
    "another suffix": (entry(certificate="set-cover-no.json"), ["is not called *.cert"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(pinned, capsys, case):
    make, words = BAD[case]
    make(pinned)
    code, out, err = run(pinned, capsys=capsys)
    assert (code, out, len(err)) == (2, [], 1), err
    for word in words:
        assert word in err[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("name", ["set-cover-no.cert", "colorings", MANIFEST])
def test_what_cannot_be_read_is_one_line(pinned, capsys, name):
    (pinned / name).chmod(0)
    code, out, err = run(pinned, capsys=capsys)
    (pinned / name).chmod(0o700)
    assert (code, out, len(err)) == (2, [], 1)
    assert f"{pinned / name}: Permission denied" in err[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent"], "absent: No such file"),
        (["colorings", "."], "several paths"),
        (["set-cover-no.cert"], "need --manifest FILE"),
        (["set-cover-no.json", "--manifest", MANIFEST], "neither a folder nor called"),
        ([".", "--manifest", "colorings/m.json"], "this is not below the folder of colorings/m.json"),
        ([".", "--manifest", "/dev/null"], "this is not below the folder of /dev/null"),
        ([".", "--manifest", "colorings/"], "not below the folder of colorings/"),
        ([".", "--manifest", "colorings"], "colorings: Is a directory"),
        ([".", "--manifest", "set-cover-no.json"], "set-cover-no.json: the field 'certificates' is missing"),
        ([".", "--manifest", "absent.json"], "absent.json: there is no manifest"),
        ([".", "--trust", "absent"], "'absent' is not installed"),
        ([".", "--trust", ""], "'' is not installed"),
        ([".", "--since", "HEAD", "--write-manifest"], "does not go with --since"),
        ([".", "--cache", MANIFEST], "it is no cache of a gate"),
        ([".", "--cache", "colorings"], "colorings: Is a directory"),
        ([".", "--junit", MANIFEST], "this file is an input"),
        ([".", "--sarif", "colorings/path.json"], "this file is an input"),
        ([".", "--junit", "colorings/path.cert"], "this file is an input"),
        ([".", "--junit", "absent/x.xml"], "absent/x.xml: No such file"),
        ([".", "--jobs", "0"], "'0' is not an integer from 1 to"),
        ([], "PATH"),
    ],
)
def test_bad_arguments_are_one_line(pinned, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(pinned)
    before = {path: path.read_bytes() for path in pinned.rglob("*") if path.is_file()}
    code, out, err = run(*arguments, capsys=capsys)
    assert (code, out, len(err)) == (2, [], 1), err
    assert words in err[0]
    assert {path: path.read_bytes() for path in pinned.rglob("*") if path.is_file()} == before


def test_a_source_or_parameter_that_does_not_fit_is_malformed(pinned, capsys):
    edit(pinned, "set-cover-no.cert", parameters={"colors": 3})
    code, status, reason, _ = outcome(pinned, "set-cover-no.cert", capsys=capsys)
    assert (code, status) == (2, "malformed")
    assert "set-cover has no parameter 'colors'" in reason
    (pinned / "colorings" / "triangle.json").write_text("{")
    code, status, reason, _ = outcome(pinned, "colorings/triangle-2.cert", capsys=capsys)
    assert (code, status) == (2, "malformed")
    assert "its source colorings/triangle.json: not JSON" in reason


def test_a_manifest_with_hostile_nesting():
    with pytest.raises(InvalidInstance):
        parse_manifest("[" * 100_000)


def test_names_that_are_no_text(pinned):
    """In a process of its own: the names of files are bytes."""
    name = os.fsdecode(b"\xff\n.cert")
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", pinned / name)
    command = [sys.executable, "-m", "relucert", "gate", ".", "--junit", "x.xml", "--sarif", "x.sarif"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=pinned)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0].startswith(r"\udcff\n.cert: rejected: line 4, step 10")
    assert len(done.stdout.splitlines()) == 2
