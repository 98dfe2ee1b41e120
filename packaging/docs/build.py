"""The documentation as a site: `python packaging/docs/build.py FOLDER`, which `make docs` calls.

What is written by hand, README.md and docs/ and the like, keeps its place, so that relative links hold. Pages of the
catalogue and of the API come from docstrings, whose examples the tests run.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.reduction import AnyReduction
from relucert.verify.commands.catalogue import described
from relucert.verify.formulas import mathml
from relucert.verify.site.catalogue import catalogue_graph
from relucert.verify.site.proofs import Block, blocks, html_of, pieces

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
WRITTEN = ("README.md", "TRUST.md", "CONTRIBUTING.md", "docs/*.md", "certificates/SPEC.md", "benchmarks/RESULTS.md")
PARTS = {  # of the table of contents
    "Start": ["Overview <README>"],
    "Use": ["docs/certify", "docs/examples", "docs/plane", "docs/sweep", "docs/report", "docs/python", "docs/own",
            "docs/guide", "docs/commands", "examples/published_mistakes/README", "docs/gate", "docs/output",
            "docs/experiments"],
    "Mathematics": ["docs/catalogue", "catalogue/index", "docs/theorems", "docs/findings"],
    "Trust": ["TRUST", "certificates/SPEC"],
    "Inside": ["api/index", "CONTRIBUTING", "benchmarks/RESULTS"],
}  # fmt: skip
MODULES = (
    "reductions.problem", "reductions.reduction", "reductions.parameters", "reductions.exact", "certificates.checker",
    "certificates.claim", "certificates.encoding", "certificates.catalogue", "certificates.plugin", "verify.search",
    "verify.testing.laws",
)  # fmt: skip


def build(output: Path) -> int:
    """The exit code of Sphinx, to which a warning is an error."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "source")
        write_sources(source)
        words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", f"{name}/doctrees"]
        return subprocess.run([*words, str(source), str(output)], check=False).returncode


def write_sources(source: Path) -> None:
    for pattern in WRITTEN:
        for path in ROOT.glob(pattern):
            write(
                source / path.relative_to(ROOT),
                linked(path.read_text()) if path.stem == "catalogue" else path.read_text(),
            )
    shutil.copytree(ROOT / "docs" / "pictures", source / "extra" / "docs" / "pictures")
    shutil.copytree(ROOT / "docs" / "pictures", source / "docs" / "pictures")
    shutil.copytree(ROOT / "benchmarks" / "plots", source / "benchmarks" / "plots")
    shutil.copytree(ROOT / "examples", source / "examples", ignore=shutil.ignore_patterns("*.egg-info"))
    shutil.copy(HERE / "conf.py", source)
    style = (ROOT / "verify/site/templates/style.css").read_text()
    drawing = "\n".join(line for line in style.splitlines() if line.startswith("svg ") and "{%" not in line)
    write(source / "static" / "docs.css", (HERE / "docs.css").read_text() + drawing)
    reductions = [cls() for cls in CATALOGUE.values()]
    symbols = in_symbols((ROOT / "docs" / "catalogue.md").read_text())
    write(source / "catalogue" / "index.md", catalogue_page(reductions))
    for r in reductions:
        write(source / "catalogue" / "reductions" / f"{r.name}.md", reduction_page(r, symbols[r.name]))
    for name in PROBLEMS:
        write(source / "catalogue" / "problems" / f"{name}.md", problem_page(name, reductions))
    write(source / "api" / "index.rst", api_page())
    for module in MODULES:
        title = f"relucert.{module}"
        text = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n   :members:\n   :show-inheritance:\n"
        write(source / "api" / f"{module}.rst", text)
    listed = {page for pages in PARTS.values() for page in pages}
    others = [f"docs/{path.stem}" for path in sorted((ROOT / "docs").glob("*.md")) if f"docs/{path.stem}" not in listed]
    parts = {**PARTS, "Use": PARTS["Use"] + others}
    contents = "".join(
        f"```{{toctree}}\n:caption: {part}\n:maxdepth: 1\n{chr(10).join(pages)}\n```\n\n"
        for part, pages in parts.items()
    )
    write(source / "index.md", f"# relucert\n\n{(HERE / 'index.md').read_text()}\n{contents}")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# -------------------------------------------------------------------------------------------------- from the docstrings


def in_symbols(text: str) -> dict[str, str]:
    """What docs/catalogue.md says of each reduction, by name."""
    parts = re.split(r"(?m)^### `([a-z-]+)`\n", text)
    return {name: re.split(r"(?m)^## ", body)[0].strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def linked(text: str) -> str:
    """The rows of docs/catalogue.md lead to the pages of the reductions."""
    return re.sub(r"(?m)^\| `([a-z-]+)` \|", r"| [`\1`](../catalogue/reductions/\1.md) |", text)


def catalogue_page(reductions: list[AnyReduction]) -> str:
    contents = "\n".join([f"reductions/{r.name}" for r in reductions] + [f"problems/{name}" for name in PROBLEMS])
    graph = catalogue_graph(reductions, {})
    return f"""# The catalogue as a graph

Boxes are problems, arrows are reductions, and both lead to their pages. A number says that several reductions go the
same way.

```{{raw}} html
<div class="graph" role="region" aria-label="The catalogue as a graph" tabindex="0">{graph}</div>
```

```{{toctree}}
:maxdepth: 1
{contents}
```
"""


def reduction_page(r: AnyReduction, symbols: str) -> str:
    lines = [
        f"# {r.name}", "",
        f"From [{r.source.name}](../problems/{r.source.name}.md) to [{r.target.name}](../problems/{r.target.name}.md).",
        "", r.reference, "", "## In symbols", "", symbols, "",
    ]  # fmt: skip
    if r.sizes:
        shown = "\n".join(mathml(name, formula) for name, formula in r.sizes.items())
        lines += ["## Size of the target", "", f"```{{raw}} html\n{shown}\n```", ""]
    lines += ["## Statement, construction and proof", "", *map(markdown, blocks(r))]
    if r.parameters:
        lines += ["## Parameters", "", *(f"- {escaped(line)}" for line in described(r.parameters)), ""]
    return "\n".join(lines)


def problem_page(name: str, reductions: list[AnyReduction]) -> str:
    problem = PROBLEMS[name]
    lines = [f"# {name}", "", *map(markdown, blocks(problem))]
    if problem.parameters:
        lines += ["## Parameters", "", *(f"- {escaped(line)}" for line in described(problem.parameters)), ""]
    out = sorted((r for r in reductions if r.source is problem), key=lambda r: r.target.name)
    into = sorted((r for r in reductions if r.target is problem), key=lambda r: r.source.name)
    for title, found, way in (("Reductions from here", out, "to"), ("Reductions to here", into, "from")):
        lines += [f"## {title}", ""] if found else []
        for r in found:
            other = r.target.name if way == "to" else r.source.name
            anchor = f'<span id="{way}-{other}"></span>' if f'id="{way}-{other}"' not in "\n".join(lines) else ""
            lines.append(f"- {anchor}[{r.name}](../reductions/{r.name}.md) {way} [{other}]({other}.md): {r.reference}")
        lines.append("")
    return "\n".join(lines)


def markdown(block: Block) -> str:
    if block.kind == "example":
        return f"```pycon\n{block.text}\n```\n"
    if block.kind == "lines":
        return f'```{{raw}} html\n<p class="display">{html_of(block.text)}</p>\n```\n'
    head = f"**{block.head}.** " if block.head else ""
    return f"{head}{escaped(block.text)}\n"


def escaped(text: str) -> str:
    """Plain text with `code`, indices and exponents in it, as Markdown."""
    shown = ""
    for kind, piece in pieces(text):
        plain = re.sub(r"([\\*_\[\]<>$#|~{}`])", r"\\\1", piece)
        shown += {"text": plain, "code": f"`{piece}`"}.get(kind, f"<{kind}>{plain}</{kind}>")
    return shown


def api_page() -> str:
    def section(title: str) -> Iterator[str]:
        yield from (title, "-" * len(title), "")

    lines = ["API", "===", "", *section("relucert"), ".. automodule:: relucert", ""]
    lines += [".. autofunction:: relucert.certify", "", ".. autofunction:: relucert.certify_training", ""]
    lines += [
        ".. autofunction:: relucert.reduction_from_command",
        "",
        ".. autoclass:: relucert.Result",
        "   :members:",
        "",
    ]
    lines += [*section("relucert.testing"), ".. automodule:: relucert.testing", ""]
    lines += [
        ".. autofunction:: relucert.testing.assert_reduction",
        "",
        ".. autofunction:: relucert.testing.instances",
        "",
    ]
    lines += [".. autoclass:: relucert.testing.Findings", "   :members:", ""]
    lines += [*section("For problems and reductions of your own"), ".. toctree::", "   :maxdepth: 1", ""]
    return "\n".join([*lines, *(f"   {module}" for module in MODULES), ""])


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1])))
