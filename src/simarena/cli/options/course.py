"""Options about plays, shared by the commands that measure."""

from __future__ import annotations

from typing import Annotated, Final

import typer

WHERE: Final = "What is played"
"""Panel of these options in a command's help."""

Seeds = Annotated[
    int,
    typer.Option(
        min=1, max=10_000, help="Seeds to play each scenario with.", rich_help_panel=WHERE
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The first of them.", rich_help_panel=WHERE)]
