"""Drawings as SVG inside a page: its style sheet has the colours, for light and for dark."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from markupsafe import Markup

Point = tuple[float, float]


class Drawing:
    """Shapes one over the other, in user units, y downwards. Marks have a class for the style sheet.

    title, description: what a screen reader says. links: whether parts of the drawing are links.
    """

    def __init__(self, width: float, height: float, title: str, description: str = "", links: bool = False) -> None:
        self.root = ElementTree.Element(
            "svg", viewBox=f"0 0 {_shown(width)} {_shown(height)}", width=_shown(width), height=_shown(height),
            role="group" if links else "img",
        )  # fmt: skip
        self.root.set("aria-label", title)
        ElementTree.SubElement(self.root, "title").text = title
        if description:
            ElementTree.SubElement(self.root, "desc").text = description
        self.place = self.root

    def line(self, start: Point, end: Point, mark: str) -> None:
        self._add("line", mark, x1=start[0], y1=start[1], x2=end[0], y2=end[1])

    def path(self, data: str, mark: str, title: str = "") -> None:
        self._titled(self._add("path", mark, d=data), title)

    def circle(self, centre: Point, radius: float, mark: str, title: str = "") -> None:
        self._titled(self._add("circle", mark, cx=centre[0], cy=centre[1], r=radius), title)

    def box(self, centre: Point, width: float, height: float, mark: str, title: str = "", round_: float = 0) -> None:
        x, y = centre[0] - width / 2, centre[1] - height / 2
        self._titled(self._add("rect", mark, x=x, y=y, width=width, height=height, rx=round_), title)

    def text(self, where: Point, text: str, mark: str = "") -> None:
        """Its middle is there; the style sheet may say otherwise."""
        self._add("text", mark, x=where[0], y=where[1]).text = text

    def link(self, address: str, label: str) -> Link:
        """`with drawing.link(…):` what is drawn leads there."""
        return Link(self, address, label)

    def markup(self) -> Markup:
        return Markup(ElementTree.tostring(self.root, encoding="unicode"))

    def _add(self, tag: str, mark: str, **attributes: float | str) -> ElementTree.Element:
        shown = {name: value if isinstance(value, str) else _shown(value) for name, value in attributes.items()}
        return ElementTree.SubElement(self.place, tag, ({"class": mark} if mark else {}) | shown)

    @staticmethod
    def _titled(element: ElementTree.Element, title: str) -> None:
        if title:
            ElementTree.SubElement(element, "title").text = title


class Link:
    def __init__(self, drawing: Drawing, address: str, label: str) -> None:
        self.drawing, self.outer = drawing, drawing.place
        self.element = ElementTree.SubElement(self.outer, "a", {"href": address, "aria-label": label})

    def __enter__(self) -> None:
        self.drawing.place = self.element

    def __exit__(self, *_: object) -> None:
        self.drawing.place = self.outer


def polyline(points: Iterable[Point]) -> str:
    """The data of a path along these points.

    >>> polyline([(0, 0), (1.25, 2)])
    'M0 0L1.25 2'
    """
    return "M" + "L".join(f"{_shown(x)} {_shown(y)}" for x, y in points)


def _shown(value: float) -> str:
    """Two digits after the point are enough for a screen.

    >>> _shown(3.14159), _shown(2.0), _shown(-0.001)
    ('3.14', '2', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
