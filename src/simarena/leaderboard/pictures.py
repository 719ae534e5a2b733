"""Pictures as SVG that stands inside a page, in its colours and type."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import matplotlib as mpl

from simarena.evaluation.comparison.compare import draw

if TYPE_CHECKING:
    from simarena.evaluation.comparison.compare import Comparison

_SVG: Final = "{http://www.w3.org/2000/svg}"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"

_SETTINGS: Final[dict[Any, Any]] = {
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "simarena",  # the same data always give the same page
}

_COLOURS: Final = {
    "#222222": "var(--ink)",
    "#333333": "var(--ink)",
    "#555555": "var(--muted)",
    "#e4e4e4": "var(--rule)",
    "#ffffff": "var(--paper)",
    "#0072b2": "var(--blue)",
    "#009e73": "var(--green)",
    "#d55e00": "var(--orange)",
    "#cc79a7": "var(--pink)",
    "#56b4e9": "var(--sky)",
    "#777777": "var(--grey)",
    "#999999": "var(--grey)",
    "#e69f00": "var(--amber)",
    "#f0e442": "var(--yellow)",
}
"""Colours of `simarena.evaluation.pictures.plot_style`, and what the page's style calls them."""


def inline_pictures(comparison: Comparison) -> dict[str, str]:
    """Return the pictures of a comparison as SVG elements, by their names without suffix."""
    with tempfile.TemporaryDirectory() as name, mpl.rc_context(_SETTINGS):
        folder = Path(name)
        return {
            Path(picture).stem: inline_svg((folder / picture).read_text("utf-8"), title)
            for picture, title in draw(comparison, folder, ".svg")
        }


def inline_svg(text: str, title: str) -> str:
    """Return a picture of matplotlib's as an element of HTML, called `title` to who cannot see it.

    Styles become attributes, which a content security policy does not touch; ids get a prefix, so
    that several pictures can share a page.
    """
    root = ET.fromstring(text)  # noqa: S314 matplotlib has just written it
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
                parent.remove(child)
    prefix = "".join(sign if sign.isalnum() else "-" for sign in title.lower())
    linked = {
        reference
        for element in root.iter()
        for key, value in element.attrib.items()
        if (reference := _reference(key, value))
    }
    for element in root.iter():
        _mend(element, prefix, linked)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-label": title,
        "fill": "var(--ink)",
        "stroke-linejoin": "round",
    }
    ET.register_namespace("", _SVG.strip("{}"))
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _mend(element: ET.Element, prefix: str, linked: set[str]) -> None:
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() and name.strip() != "font-family":
            element.set(name.strip(), value.strip())
    if element.get("id") not in linked:
        element.attrib.pop("id", None)
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, f"{prefix}-{value}")
        elif key in {"fill", "stroke"}:
            element.set(key, _COLOURS.get(value.lower(), value))
        elif (reference := _reference(key, value)) is not None:
            element.set(key, value.replace(f"#{reference}", f"#{prefix}-{reference}"))


def _reference(key: str, value: str) -> str | None:
    """Return the id that an attribute refers to, None if it does not."""
    if key == _LINK and value.startswith("#"):
        return value[1:]
    if value.startswith("url(#"):
        return value[5:-1]
    return None
