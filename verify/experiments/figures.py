"""Figures of experiments as SVG and PNG, light and dark. The same table gives the same bytes."""

from __future__ import annotations

import io
import logging

from relucert.verify.experiments.experiment import Figure


def draw(figure: Figure, kind: str, dark: bool) -> bytes:
    """The picture as svg or png."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it remarks on its caches and on the user's settings
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    from relucert.verify.plot import DARK, LIGHT, SETTINGS

    style = DARK if dark else LIGHT
    colors = style.color_map()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        canvas = Canvas(figsize=(7, 4.5), dpi=150, facecolor=style.paper, layout="constrained")
        axes = canvas.add_subplot()
        axes.set_facecolor(style.paper)
        axes.tick_params(colors=style.ink, which="both")
        for spine in axes.spines.values():
            spine.set_color(style.line)
        for i, one in enumerate(figure.series):
            color = colors(i / max(1, len(figure.series) - 1))
            axes.plot(one.x, one.y, marker="o", ms=4, lw=1.2, color=color, label=one.name)
            if one.low is not None and one.high is not None:
                axes.fill_between(one.x, one.low, one.high, color=color, alpha=0.2, lw=0)
        if figure.log_x:
            axes.set_xscale("log")
        if figure.log_y:
            axes.set_yscale("log")
        axes.set_title(figure.title, color=style.ink)
        axes.set_xlabel(figure.x, color=style.ink)
        axes.set_ylabel(figure.y, color=style.ink)
        legend = axes.legend(fontsize=7, facecolor=style.paper, edgecolor=style.line, labelcolor=style.ink)
        legend.set_zorder(5)
        out = io.BytesIO()
        undated = {"Date": None} if kind == "svg" else {"Software": None}
        canvas.savefig(out, format=kind, facecolor=style.paper, metadata=undated)
    return out.getvalue()
