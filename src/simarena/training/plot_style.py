"""How all pictures look."""

from __future__ import annotations

from typing import Any, Final

STYLE: Final[dict[Any, Any]] = {
    "axes.edgecolor": "#555555",
    "axes.grid": True,
    "axes.labelcolor": "#333333",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.dpi": 100,
    "font.size": 9,
    "grid.color": "#e4e4e4",
    "legend.frameon": False,
    "savefig.dpi": 110,
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
