"""Sphinx: Markdown and docstrings; formulas become MathML here, so that a browser needs no network and no script."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

project = "relucert"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "relucert"
html_static_path = ["static"]
html_css_files = ["docs.css"]
html_extra_path = ["extra"]
html_math_renderer = "mathml"
html_show_copyright = False
html_copy_source = False
smartquotes = False  # A'' is a name
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
suppress_warnings = ["myst.header"]  # pages that begin with a picture or a table


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    app.connect("autodoc-process-docstring", as_restructured_text)


def inline(translator, node):
    translator.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def displayed(translator, node):
    translator.body.append(tex2mathml(node.astext(), as_block=True))
    raise nodes.SkipNode


def as_restructured_text(_app, _what, _name, _thing, _options, lines):
    """Our docstrings are plain text with `code` in them, and examples."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(`[^`]+`)", line)
            lines[i] = "".join(f"`{p}`" if p.startswith("`") else re.sub(r"([\\*|_])", r"\\\1", p) for p in parts)
