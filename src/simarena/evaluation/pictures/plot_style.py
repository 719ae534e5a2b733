"""How all pictures look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

STYLE: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#555555",
    "axes.grid": True,
    "axes.labelcolor": "#333333",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": "#222222",
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.dpi": 100,
    "font.size": 9,
    "grid.color": "#e4e4e4",
    "legend.frameon": False,
    "savefig.dpi": 110,
    "text.color": "#222222",
    "text.parse_math": False,  # a name is no formula
    "xtick.color": "#555555",
    "ytick.color": "#555555",
}

# Okabe and Ito's palette, which colour-blind readers tell apart.
BLUE, ORANGE, GREEN, PINK, SKY, GREY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#777777",
)
CYCLE: Final = (BLUE, GREEN, ORANGE, PINK, SKY, GREY)

_LINES: Final = ("-", "--", ":", "-.")  # once the colours are used up
_MARKERS: Final = "osD^"
_MOST_LETTERS: Final = 44
_MOST_BESIDE: Final = 24  # letters of names that fit side by side


class Look(NamedTuple):
    """How one agent is drawn, the same in all pictures."""

    colour: str
    line: str
    marker: str


def look(number: int) -> Look:
    """Return how the agent of this number is drawn; 24 differ."""
    kind = number // len(CYCLE)
    return Look(
        CYCLE[number % len(CYCLE)],
        _LINES[kind % len(_LINES)],
        _MARKERS[kind % len(_MARKERS)],
    )


def label(agent: str) -> str:
    """Return an agent's name as pictures show it: one line, the middle left out if it is long."""
    name = " ".join(agent.split())
    if len(name) > _MOST_LETTERS:
        half = _MOST_LETTERS // 2
        name = f"{name[: half - 1]}…{name[-half:]}"
    return f"\N{ZERO WIDTH SPACE}{name}" if name.startswith("_") else name  # or legends skip it


def add_legend(figure: Figure, names: Sequence[str]) -> None:
    """Name the agents below the picture, which is made higher for it."""
    columns = 2 if len(names) > 1 and max(map(len, names)) <= _MOST_BESIDE else 1
    rows = -(-len(names) // columns)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + 0.18 * rows + 0.1)
    figure.legend(loc="outside lower left", ncols=columns)
