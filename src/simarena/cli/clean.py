"""`simarena clean`: remove what simulations have left behind that nobody waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from simarena.cli.options.declared import Options, with_options
from simarena.simkube.settings import SimKubeSettings

app = typer.Typer(name="clean", help="Remove what simulations have left in a cluster.")


@app.command()
@with_options
def clean(
    *,
    kubeconfig: Annotated[
        str | None, typer.Option(metavar="FILE", help="Instead of the usual one.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="Of the kubeconfig.")] = None,
    settings: Annotated[
        SimKubeSettings,
        Options(SimKubeSettings, without=("traces", "driver_traces", "driver_image", "speed")),
    ],
    ended: Annotated[
        bool, typer.Option("--ended", help="Also Simulations of others that have ended.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    limit: Annotated[
        float, typer.Option(min=1, help="Seconds to wait before finalizers are taken away.")
    ] = 30.0,
) -> None:
    """Show what is left of simulations that are over, ask, and remove it, finalizers too.

    Touched is only what is provably a simulation's: Simulations that SimArena made and whose
    process has ended or whose time is over, and what is owned by a Simulation or a SimulationRoot
    that is gone or goes with them.
    """
    from simarena.client.api import KubeApi
    from simarena.client.patience import LIVE_PATIENCE
    from simarena.simkube.ghosts import find_ghosts, remove_ghosts

    api = KubeApi(kubeconfig, context, LIVE_PATIENCE)
    ghosts = find_ghosts(api, settings, ended=ended)
    if not ghosts:
        print("nothing is left behind")
        return
    for each in ghosts:
        print(f"delete {each}")
    if not yes and not typer.confirm(f"Remove these {len(ghosts)} from {api.host}?"):
        raise typer.Exit(1)
    remove_ghosts(api, ghosts, limit)
    print(f"removed: {len(ghosts)}")
