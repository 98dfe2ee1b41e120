"""The documentation as a site: formulas become MathML, every reduction has its page, and Sphinx warns of nothing."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from docutils.utils.math.latex2mathml import tex2mathml

from relucert.reductions import CATALOGUE, PROBLEMS

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "packaging" / "docs" / "build.py"
TEXT = (ROOT / "docs" / "catalogue.md").read_text()


@pytest.fixture(scope="module")
def builder():
    return runpy.run_path(str(BUILD))


def test_every_reduction_stands_in_symbols(builder):
    symbols = builder["in_symbols"](TEXT)
    assert symbols.keys() == CATALOGUE.keys()
    for name, text in symbols.items():
        displayed = re.findall(r"\$\$\n(.*?)\n\$\$", text, flags=re.DOTALL)
        assert displayed, name
        assert re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL).strip() == "", name


def test_formulas_are_what_a_browser_shows():
    formulas = re.findall(r"\$\$(.*?)\$\$|\$([^$]+)\$", TEXT, flags=re.DOTALL)
    assert len(formulas) > len(CATALOGUE)
    for displayed, inline in formulas:
        assert tex2mathml((displayed or inline).strip(), as_block=bool(displayed)).lstrip().startswith("<math")


def test_plain_text_stays_plain(builder):
    assert builder["escaped"]("`a_b` *x* [1] <b> w^j_v") == (
        r"`a_b` \*x\* \[1\] \<b\> w<sup>j</sup><sub>v</sub>"
    )  # fmt: skip


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    """And needs nothing from elsewhere: what a page loads is in the folder."""
    done = subprocess.run([sys.executable, BUILD, tmp_path / "site"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name in CATALOGUE:
        page = (tmp_path / f"site/catalogue/reductions/{name}.html").read_text()
        assert page.count('display="block"') >= 1 + len(CATALOGUE[name]().sizes), name
        assert CATALOGUE[name]().reference.split(",")[0] in page
        assert "<strong>Deviations.</strong>" in page or "Deviations." not in (CATALOGUE[name].__doc__ or "")
    for name in PROBLEMS:
        assert (tmp_path / f"site/catalogue/problems/{name}.html").exists()
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(CATALOGUE) + len(PROBLEMS) + 20
    for path in pages:
        text = path.read_text()
        assert "$$" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL), path
        loaded = re.findall(
            r'<(?:script|img|source|iframe|link rel="stylesheet")[^>]*?(?:src|href|srcset)="([^"]+)"', text
        )
        for address in loaded:
            assert not re.match(r"\w+:|//", address) or address.startswith("data:"), (path, address)
            assert address.startswith("data:") or (path.parent / address.split("?")[0]).exists(), (path, address)
