"""Serves an MCP server to clients outside of the process: over stdio, or streamable HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError
from simarena.listening.addresses import (
    bracketed,
    check_port,
    is_local,
    is_wildcard,
    known_names,
    listener,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server import MCPServer
    from mcp.server.transport_security import TransportSecuritySettings
    from starlette.types import ASGIApp

PATH: Final = "/mcp"
"""Where the endpoint is."""

DEFAULT_PORT: Final = 8321

TOKEN_VARIABLE: Final = "SIMARENA_MCP_TOKEN"  # noqa: S105 - its name, not its value
"""Environment variable that a token is read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Where HTTP is served, and to whom."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = DEFAULT_PORT
    """0: any that is free."""
    token: str | None = None
    """What clients must show; may be left out only where nobody but this machine can connect."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names under which clients may call this server, beside the address itself."""
    idle_s: float = 300.0
    """After how long without a request a client's session ends; it may open another."""
    max_sessions: int = 200
    """How many sessions may be open at once; further clients are asked to come later."""

    def __post_init__(self) -> None:
        """Refuse to be open to others without a token."""
        check_plain_fields(self)
        check_port(self.port)
        if not 0 < self.idle_s < float("inf") or self.max_sessions < 1:
            message = (
                "sessions end after idle_s, more than 0 s, and there is at least one: got "
                f"idle_s {self.idle_s} and max_sessions {self.max_sessions}"
            )
            raise ConfigError(message)
        if self.token is None and not self.is_local:
            message = (
                f"host {self.host}: others can connect there, so a token is needed; "
                "set SIMARENA_MCP_TOKEN or --token-file, or listen on 127.0.0.1"
            )
            raise ConfigError(message)
        if is_wildcard(self.host) and not self.allowed_hosts:
            message = (
                f"host {self.host}: say with --allowed-host under which name or address clients "
                "reach this machine"
            )
            raise ConfigError(message)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        return is_local(self.host)

    def security(self) -> TransportSecuritySettings:
        """Return which Host and Origin headers are answered, against DNS rebinding."""
        from mcp.server.transport_security import TransportSecuritySettings

        hosts = [bracketed(name) for name in known_names(self.host, self.allowed_hosts)]
        return TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=[*hosts, *(f"{host}:*" for host in hosts)],
            allowed_origins=[
                f"{scheme}://{host}{port}"
                for scheme in ("http", "https")
                for host in hosts
                for port in ("", ":*")
            ],
        )


def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve one client over stdin and stdout until it leaves.

    The SDK keeps stdout to itself; whatever else is written there goes to stderr.
    """
    server.run("stdio")


def http_app(server: MCPServer[Any], settings: HttpSettings) -> ASGIApp:
    """Return the ASGI application that serves an MCP server."""
    from simarena.listening.bearer import BearerGate

    app: ASGIApp = server.streamable_http_app(
        streamable_http_path=PATH,
        transport_security=settings.security(),
        host=settings.host,
        session_idle_timeout=settings.idle_s,
        max_sessions=settings.max_sessions,
    )
    return app if settings.token is None else BearerGate(app, settings.token)


def serve_http(
    server: MCPServer[Any], settings: HttpSettings, announce: Callable[[str], None]
) -> None:
    """Serve clients over streamable HTTP until interrupted; `announce` is told the URL first.

    Raises ConfigError if nothing can listen there.
    """
    import uvicorn

    from simarena.listening.connection import DeadlineProtocol, notice_dead_peers

    bound = listener(settings.host, settings.port)
    notice_dead_peers(bound)
    port = bound.getsockname()[1]
    host = bracketed(settings.host)
    config = uvicorn.Config(
        http_app(server, settings),
        http=DeadlineProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    announce(f"http://{host}:{port}{PATH}")
    with bound:
        uvicorn.Server(config).run(sockets=[bound])
