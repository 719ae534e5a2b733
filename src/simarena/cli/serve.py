"""`simarena serve`: a cluster as a Kubernetes API, in virtual time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simarena.cli._invocation import PREPARING, end_on_sigterm
from simarena.training.named import KubeletName

if TYPE_CHECKING:
    from simarena.apiserver.serving import ApiServer

app = typer.Typer(name="serve", help="Serve a cluster as a Kubernetes API, in virtual time.")

_WHICH = "Which cluster"
_WHERE = "Where it is served"


@app.command()
def serve(
    *,
    scenario: Annotated[
        str | None, typer.Option(help="A scenario, by its name.", rich_help_panel=_WHICH)
    ] = None,
    trace: Annotated[
        str | None, typer.Option(help="A trace: a path or URI.", rich_help_panel=_WHICH)
    ] = None,
    nodes: Annotated[
        list[str] | None,
        typer.Option(
            help="[<number>x]<cpu>cpu,<memory>[,<pods>pods], or a file of Nodes; may be repeated.  "
            "[default: 3x8cpu,16Gi]",
            show_default=False,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    manifests: Annotated[
        Path | None,
        typer.Option(
            help="Folder of YAML or JSON files, or one file, to begin with.",
            rich_help_panel=_WHICH,
        ),
    ] = None,
    kubelet: Annotated[
        KubeletName | None,
        typer.Option(
            help="kwok, where containers never fail, or real.  [default: real; of a trace, real "
            "where its pods tell what they use]",
            show_default=False,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    duration: Annotated[
        int | None,
        typer.Option(
            min=1, help="Seconds of the trace that have happened.", rich_help_panel=_WHICH
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="All chance follows from it.", rich_help_panel=_WHICH)
    ] = 0,
    epoch: Annotated[
        str,
        typer.Option(
            help="When its time begins: now, or a time such as 2026-01-01T00:00:00Z.",
            rich_help_panel=_WHICH,
        ),
    ] = "now",
    speed: Annotated[
        float,
        typer.Option(
            help="Virtual seconds in each second; 0: time stands still until told to pass.",
            rich_help_panel=_WHERE,
        ),
    ] = 1.0,
    host: Annotated[
        str, typer.Option(help="Address to listen on.", rich_help_panel=_WHERE)
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port; 0 for any that is free.", rich_help_panel=_WHERE)
    ] = 0,
    http: Annotated[
        bool,
        typer.Option(
            "--http",
            help="Without TLS, on this machine alone; kubectl shows no token then.",
            rich_help_panel=_WHERE,
        ),
    ] = False,
    write_kubeconfig: Annotated[
        Path | None,
        typer.Option(
            help="Where to write the kubeconfig.  [default: a file that goes with the server]",
            show_default=False,
            rich_help_panel=_WHERE,
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the bearer token that clients must show.  [default: the environment "
            "variable SIMARENA_API_TOKEN, else a new one]",
            show_default=False,
            rich_help_panel=_WHERE,
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Name under which clients reach this machine; may be repeated.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
) -> None:
    """Serve a cluster as a Kubernetes API: kubectl and everybody's own tools work on it.

    It is empty but for its nodes, or what a scenario, a trace or manifests make of it.
    """
    from rich.console import Console

    from simarena.apiserver.serving import TOKEN_VARIABLE, ApiServer, ServeSettings
    from simarena.cli.options.served_cluster import Served
    from simarena.cluster import Cluster
    from simarena.listening.bearer import read_token

    settings = ServeSettings(
        host=host,
        port=port,
        token=read_token(token_file, TOKEN_VARIABLE),
        speed=speed,
        tls=not http,
        allowed_hosts=tuple(allowed_host or ()),
    )
    wanted = Served(
        scenario=scenario,
        trace=trace,
        nodes=tuple(nodes or ()),
        manifests=manifests,
        kubelet=kubelet,
        duration_s=duration,
        seed=seed,
        epoch=epoch,
    )
    end_on_sigterm()
    with Console(stderr=True).status(PREPARING):
        server = ApiServer(wanted.cluster(), settings)
        Cluster([]).advance(0)  # no request is to wait for kernels
    server.run(lambda listening: _announce(listening, write_kubeconfig))


def _announce(server: ApiServer, path: Path | None) -> None:
    """Say where the API is and how to reach it."""
    from simarena.apiserver.kubeconfig import write_kubeconfig

    where = server.kubeconfig
    if path is not None:
        write_kubeconfig(path, server.kubeconfig_text(server.url))
        where = path.resolve()
    print(f"serving {server.url}", flush=True)
    print(f"export KUBECONFIG={where}", flush=True)
