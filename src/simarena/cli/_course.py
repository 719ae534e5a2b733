"""The options that say what agents are measured on, shared by the commands that measure."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

WHERE = "What is played"
"""Panel of these options in a command's help."""

Suite = Annotated[
    str | None,
    typer.Option(
        help="Named scenarios; those of the first run, or held-out, if nothing is named.",
        rich_help_panel=WHERE,
    ),
]
Scenarios = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", help="One scenario by its name; may be repeated.", rich_help_panel=WHERE
    ),
]
TracePath = Annotated[
    str | None,
    typer.Option("--trace", help="A trace, or a folder of traces.", rich_help_panel=WHERE),
]
Deploy = Annotated[str | None, typer.Option(help="Workload of the trace.", rich_help_panel=WHERE)]
Namespace = Annotated[
    str | None,
    typer.Option(help="Its namespace, where several have that name.", rich_help_panel=WHERE),
]
Target = Annotated[
    int | None, typer.Option(help="Pods of it that shall be ready.", rich_help_panel=WHERE)
]
Nodes = Annotated[
    list[str] | None,
    typer.Option(
        help="Nodes for the trace, as 3x16cpu,32Gi or a file of manifests; may be repeated.",
        rich_help_panel=WHERE,
    ),
]
KUBELET_HELP = (
    "Kubelets of the trace: kwok, where containers never fail, or real.  "
    "[default: real where its pods tell what they use]"
)
KubeletName = Literal["kwok", "real"]
Kubelet = Annotated[
    KubeletName | None,
    typer.Option(help=KUBELET_HELP, show_default=False, rich_help_panel=WHERE),
]
Seeds = Annotated[
    int,
    typer.Option(
        min=1, max=10_000, help="Seeds to play each scenario with.", rich_help_panel=WHERE
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The first of them.", rich_help_panel=WHERE)]
