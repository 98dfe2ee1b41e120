"""Folders of certificates with their sources, for the gate and for the plugin of pytest."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import click

from relucert.certificates.writer import Yes, decision, write
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, coloring
from relucert.verify.commands.gate import gate
from relucert.verify.files import BadInput

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
MANIFEST = "relucert-manifest.json"
TLS = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

PATH = [[0, 1], [1, 2]]
TRIANGLE = [[0, 1], [0, 2], [1, 2]]


def run(*arguments, capsys):
    """The exit code, the lines of standard output and of standard error, as `main` shows them."""
    capsys.readouterr()
    try:
        code = gate.main(args=[str(argument) for argument in arguments], standalone_mode=False)
    except (BadInput, InvalidInstance) as problem:
        code = 2
        click.echo(str(problem), err=True)
    except click.ClickException as problem:
        code = 2
        click.echo(problem.format_message(), err=True)
    out, err = capsys.readouterr()
    return code, out.splitlines(), err.splitlines()


def colored(path, edges, colors, witness):
    """A YES of colouring."""
    with open(path, "wb") as stream:
        vertices = 1 + max(map(max, edges))
        write(stream, decision(HYPERGRAPH_COLORING, coloring(vertices, edges, colors), Yes(witness)))


def graph(path, edges, **stated):
    path.write_text(json.dumps({"vertices": 1 + max(map(max, edges)), "edges": edges, **stated}))


def folder_of_certificates(folder):
    """Two YES, three NO and a lemma; sources do not state the number of colours, and the lemma has none."""
    folder.mkdir(exist_ok=True)
    (folder / "colorings").mkdir()
    colored(folder / "colorings" / "path.cert", PATH, 2, (0, 1, 0))
    graph(folder / "colorings" / "path.json", PATH)
    colored(folder / "colorings" / "triangle-3.cert", TRIANGLE, 3, (0, 1, 2))
    shutil.copy(CORPUS / "accept/coloring-no-triangle-by-rup.jsonl", folder / "colorings" / "triangle-2.cert")
    graph(folder / "colorings" / "triangle.json", TRIANGLE)
    for name in ("set-cover-no", "equivalence-no"):
        shutil.copy(CORPUS / f"accept/{name}.jsonl", folder / f"{name}.cert")
        claim = first_line(folder / f"{name}.cert")
        (folder / f"{name}.json").write_text(json.dumps(claim.get("source", claim.get("instance"))))
    shutil.copy(CORPUS / "lemmas/stripe-2.jsonl.gz", folder / "stripe.cert.gz")
    return folder


def first_line(path):
    return json.loads(path.read_bytes().split(b"\n")[0])


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def entries(folder):
    return json.loads((folder / MANIFEST).read_text())["certificates"]


def edit(folder, certificate, /, **changes):
    """Change the entry of a certificate; None removes a field."""
    data = json.loads((folder / MANIFEST).read_text())
    [entry] = [entry for entry in data["certificates"] if entry["certificate"] == certificate]
    entry |= changes
    for name in [name for name, value in changes.items() if value is None]:
        del entry[name]
    (folder / MANIFEST).write_text(json.dumps(data))
