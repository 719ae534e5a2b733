"""`simarena mcp`: a cluster for language models, over the Model Context Protocol."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simarena.cli.options.declared import Options, with_options
from simarena.errors import ConfigError
from simarena.training.named import Named

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from simarena.mcp.session import Session

app = typer.Typer(name="mcp", help="Serve a cluster to language models (MCP).")

_WHICH = "Which cluster"
_HOW = "How it behaves"
_WHERE = "Where it is served"


@app.command()
@with_options
def mcp(
    *,
    scenario: Annotated[
        str | None, typer.Option(help="A scenario, by its name.", rich_help_panel=_WHICH)
    ] = None,
    kubeconfig: Annotated[
        str | None,
        typer.Option(
            help="A live cluster, by its kubeconfig; '' for the usual one.", rich_help_panel=_WHICH
        ),
    ] = None,
    context: Annotated[
        str | None, typer.Option(help="Context of the kubeconfig.", rich_help_panel=_WHICH)
    ] = None,
    named: Annotated[
        Named,
        Options(
            Named,
            without=("suite", "scenario"),
            says={
                "trace": "A trace: a path or URI.",
                "namespace": "Where tools look first; of a trace, where the workload is.",
                "deploy": "Workload of the trace to look after.",
            },
            panel=_WHICH,
        ),
    ],
    seed: Annotated[
        int, typer.Option(min=0, help="All chance in a trace's cluster.", rich_help_panel=_WHICH)
    ] = 0,
    living: Annotated[
        bool,
        typer.Option(
            "--living",
            help="A cluster that lives on, in place of an episode.",
            rich_help_panel=_HOW,
        ),
    ] = False,
    live: Annotated[
        bool,
        typer.Option("--live", help="The same; its time passes by itself.", rich_help_panel=_HOW),
    ] = False,
    speed: Annotated[
        float,
        typer.Option(help="With --live: virtual seconds in each second.", rich_help_panel=_HOW),
    ] = 1.0,
    start: Annotated[
        int,
        typer.Option(
            min=0, help="Seconds of a living trace before clients come.", rich_help_panel=_HOW
        ),
    ] = 60,
    duration: Annotated[
        int | None,
        typer.Option(min=1, help="Seconds that each step replays.", rich_help_panel=_HOW),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps of the episode.", rich_help_panel=_HOW)
    ] = None,
    what_if: Annotated[
        bool, typer.Option(help="Let clients try changes out.", rich_help_panel=_HOW)
    ] = True,
    allow_writes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMESPACE",
            help="Namespace of a live cluster whose workloads may be changed; may be repeated.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    allow_manifests: Annotated[
        bool,
        typer.Option(
            "--allow-manifests",
            help="There, let clients apply, patch and delete whatever they want.",
            rich_help_panel=_HOW,
        ),
    ] = False,
    allow_nodes: Annotated[
        bool,
        typer.Option(
            "--allow-nodes",
            help="Let clients cordon, drain, taint and label nodes of a live cluster.",
            rich_help_panel=_HOW,
        ),
    ] = False,
    transport: Annotated[
        Literal["stdio", "http"],
        typer.Option(help="stdin and stdout, or streamable HTTP.", rich_help_panel=_WHERE),
    ] = "stdio",
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; others need a token.", rich_help_panel=_WHERE),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port; 0 for any that is free.", rich_help_panel=_WHERE)
    ] = 8321,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File with the bearer token that clients must show.  [default: the environment "
            "variable SIMARENA_MCP_TOKEN]",
            show_default=False,
            rich_help_panel=_WHERE,
        ),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name under which clients reach this machine; may be repeated.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Open the cluster, say what clients see, and end.", rich_help_panel=_HOW
        ),
    ] = False,
) -> None:
    """Serve a cluster to language models over the Model Context Protocol.

    It is an episode of a scenario, or of a trace with --deploy and --target; a trace that happens
    while clients work (--trace alone, or --living); or a live cluster, which is only looked at
    unless an --allow option says more.
    """
    chosen = {"--scenario": scenario, "--trace": named.trace, "--kubeconfig": kubeconfig}
    given = [name for name, value in chosen.items() if value is not None]
    if len(given) != 1:
        message = "serve one cluster: name it with --scenario, --trace or --kubeconfig"
        raise ConfigError(message)
    if speed != 1.0 and not live:  # which is said of what is no number, too
        message = f"--speed {speed:g} is how fast time passes with --live; add it"
        raise ConfigError(message)
    if kubeconfig is not None:
        from simarena.mcp.live.permissions import Permissions
        from simarena.mcp.live.session import KubeSession

        if allow_manifests and not allow_writes:
            message = "--allow-manifests is about namespaces; name them with --allow-writes"
            raise ConfigError(message)
        session: Session = KubeSession.from_kubeconfig(
            kubeconfig or None,
            context=context,
            namespace=named.namespace,
            permissions=Permissions(
                namespaces=frozenset(allow_writes or ()),
                nodes=allow_nodes,
                manifests=allow_manifests,
            ),
        )
    else:
        of_live = {
            "--allow-writes": bool(allow_writes),
            "--allow-manifests": allow_manifests,
            "--allow-nodes": allow_nodes,
            "--context": context is not None,
        }
        wrong = [option for option, given in of_live.items() if given]
        if wrong:
            message = f"{wrong[0]} belongs to a live cluster; name one with --kubeconfig"
            raise ConfigError(message)
        from simarena.cli.options.mcp_session import Wanted

        session = Wanted(
            scenario=scenario,
            named=named,
            seed=seed,
            living=living or live,
            speed=speed if live else None,
            start_s=start,
            duration_s=duration,
            max_steps=steps,
            what_if=what_if,
        ).session()
    if check:
        _show(session)
        return
    _serve(session, transport, host, port, token_file, allowed_host)


def _serve(
    session: Session,
    transport: str,
    host: str,
    port: int,
    token_file: Path | None,
    allowed_host: list[str] | None,
) -> None:
    from threading import Thread

    from simarena.listening.bearer import read_token
    from simarena.mcp.server import build_server
    from simarena.mcp.serving import TOKEN_VARIABLE, HttpSettings, serve_http, serve_stdio

    settings = None
    if transport == "http":
        settings = HttpSettings(
            host=host,
            port=port,
            token=read_token(token_file, TOKEN_VARIABLE),
            allowed_hosts=tuple(allowed_host or ()),
        )
    server: MCPServer[Any] = build_server(session)
    # Clients give up on servers that are slow to answer their first question; compiling is slow.
    Thread(target=_open, args=(session,), daemon=True).start()
    if settings is None:
        serve_stdio(server)
    else:
        serve_http(server, settings, lambda url: print(f"serving {url}", file=sys.stderr))


def _open(session: Session) -> None:
    """Open a session ahead of the first call, which meets the same error if there is one."""
    from contextlib import suppress

    from simarena.errors import SimArenaError

    with suppress(SimArenaError):
        session.open()


def _show(session: Session) -> None:
    """Print what clients are told."""
    import asyncio

    from simarena.mcp.server import build_server

    session.open()
    print(session.instructions)
    for tool in asyncio.run(build_server(session).list_tools()):
        arguments = ", ".join(tool.input_schema.get("properties") or ())
        print(f"  {tool.name}({arguments}): {tool.description}")
