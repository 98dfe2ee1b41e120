"""Benchmarks are not run by the tests, but `make bench` runs all of them, and what they are made of is still there."""

import ast
import json
import re
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = {path.stem: path for path in (ROOT / "benchmarks").glob("*.py")}
FILES |= {path.parent.name: path for path in (ROOT / "benchmarks").glob("*/__main__.py")}
RUN = {name: path for name, path in FILES.items() if "def main(" in path.read_text()}


def test_make_bench_runs_all_of_them():
    assert set(re.findall(r"-m benchmarks\.(\w+)", (ROOT / "Makefile").read_text())) == set(RUN)


def test_what_they_import_is_there():
    """Other packages they may do without."""
    for path in RUN.values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("relucert", "benchmarks"):
                module = import_module(node.module)
                for alias in node.names:
                    assert hasattr(module, alias.name) or import_module(f"{node.module}.{alias.name}")


def test_every_certificate_of_the_gates_folder_has_its_source():
    found = list(import_module("benchmarks.gate").corpus())
    assert len(found) > 100
    assert all(isinstance(json.loads(source), dict) for _, _, source in found)
