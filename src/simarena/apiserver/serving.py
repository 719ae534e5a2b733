"""Serves a cluster as a Kubernetes API, in this process."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from simarena.apiserver import clock
from simarena.apiserver.api import Api
from simarena.apiserver.kubeconfig import kubeconfig_text, write_kubeconfig
from simarena.checks.plain_fields import check_plain_fields
from simarena.errors import ConfigError, SimArenaError
from simarena.files.held_folder import temporary_folder
from simarena.listening.addresses import (
    bracketed,
    check_port,
    is_local,
    is_wildcard,
    known_names,
    listener,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from starlette.types import ASGIApp, Receive, Scope, Send

    from simarena.apiserver.certificate import Certificate
    from simarena.cluster import Cluster

Result = TypeVar("Result")

TOKEN_VARIABLE: Final = "SIMARENA_API_TOKEN"  # noqa: S105 - its name, not its value
"""Environment variable that a token is read from."""

KUBECONFIG: Final = "kubeconfig"
"""Name of the file by which clients find a server."""

_TICK_S: Final = 0.02
_KEEP_ALIVE_S: Final = 90
_MOST_CONNECTIONS: Final = 8_192
_MOST_BEHIND_S: Final = 1.0
"""Where advancing takes longer than the time it stands for, no more than this is made up for."""

_UNAUTHORIZED: Final = (
    b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
    b'"message":"Unauthorized","reason":"Unauthorized","code":401}'
)
_FOREIGN_HOST: Final = (
    b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
    b'"message":"the server does not go by this name","reason":"Forbidden","code":403}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Where and how a cluster is served."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 0
    """0: any that is free."""
    token: str | None = None
    """What clients must show; None: one is made up."""
    speed: float = 0.0
    """Virtual seconds a second; 0: time stands still until it is told to pass."""
    tls: bool = True
    """Whether connections are encrypted, with a certificate made at the start; kubectl shows its
    token only then."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names under which clients may call the server, beside the address itself."""

    def __post_init__(self) -> None:
        """Refuse what cannot be served."""
        check_plain_fields(self)
        check_port(self.port)
        if not 0 <= self.speed <= clock.MAX_SPEED:
            message = f"speed must be from 0 to {clock.MAX_SPEED:g}, got {self.speed}"
            raise ConfigError(message)
        if is_wildcard(self.host) and not self.allowed_hosts:
            message = (
                f"host {self.host}: say with --allowed-host under which name or address clients "
                "reach this machine"
            )
            raise ConfigError(message)
        if not self.tls and not is_local(self.host):
            message = f"host {self.host}: others can listen in; serve it with TLS"
            raise ConfigError(message)


class ApiServer:
    """A served cluster; in a `with` statement it listens from the beginning to the end.

    While it is served the cluster is the server's: look at it and move its time by `advance`,
    `settle` and `call`, which are carried out between two requests.
    """

    def __init__(self, cluster: Cluster, settings: ServeSettings | None = None) -> None:
        """Make the API of a cluster; nothing listens yet."""
        self.settings = ServeSettings() if settings is None else settings
        self._certificate: Certificate | None = None
        self._folder: Path | None = None
        self._leaving = ExitStack()
        self._take(cluster, self.settings.speed)
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready: Future[None] = Future()
        self._server: Any = None

    def _take(self, cluster: Cluster, speed: float) -> None:
        self.token = self.settings.token or secrets.token_hex(32)
        self.api = Api(cluster)
        self.api.clock.speed = speed
        if self._certificate is not None:
            self.api.certificate = self._certificate.certificate.decode()
        self._app: ASGIApp | None = None

    # while it is served

    @property
    def cluster(self) -> Cluster:
        """The cluster that is served."""
        return self.api.cluster

    @property
    def url(self) -> str:
        """Where the API is."""
        if self._socket is None:
            message = "the server does not listen yet; use it in a `with` statement"
            raise ConfigError(message)
        scheme = "https" if self.settings.tls else "http"
        host = self.settings.host
        if is_wildcard(host):
            host = self.settings.allowed_hosts[0]
        return f"{scheme}://{bracketed(host)}:{self._socket.getsockname()[1]}"

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of the server, which is there as long as it listens."""
        url = self.url
        assert self._folder is not None  # noqa: S101 - made before it listens
        path = self._folder / KUBECONFIG
        if not path.exists():
            write_kubeconfig(path, self.kubeconfig_text(url))
        return path

    def kubeconfig_text(self, url: str) -> str:
        """Return the kubeconfig of the server under a URL."""
        certificate = None if self._certificate is None else self._certificate.certificate
        return kubeconfig_text(url, self.token, certificate)

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.call(lambda api: clock.advance(api, seconds))

    def settle(self, limit_seconds: float = 600.0) -> bool:
        """Let time pass until nothing moves; return False if the limit comes first."""
        return self.call(lambda api: clock.settle(api, limit_seconds))

    def call(self, do: Callable[[Api], Result]) -> Result:
        """Return what a function returns that is called with the API between two requests."""
        loop = self._loop
        if loop is None or self._thread is threading.current_thread():
            return do(self.api)

        async def run() -> Result:
            return do(self.api)

        return asyncio.run_coroutine_threadsafe(run(), loop).result()

    def replace(self, cluster: Cluster, *, speed: float = 0.0) -> None:
        """Serve another cluster from now on, at the same place.

        It has a token of its own, unless the settings name one; connections to the one before end.
        """
        self.call(lambda _: self._replace(cluster, speed))

    def _replace(self, cluster: Cluster, speed: float) -> None:
        self._take(cluster, speed)
        if self._folder is not None:
            (self._folder / KUBECONFIG).unlink(missing_ok=True)
        if self._server is not None:
            for connection in tuple(self._server.server_state.connections):
                connection.transport.abort()

    # listening

    def app(self) -> ASGIApp:
        """Return the ASGI application, which lets in who shows the token."""
        from simarena.apiserver.wire.app import ApiApp
        from simarena.listening.bearer import BearerGate
        from simarena.listening.hosts import HostGate

        names = known_names(self.settings.host, self.settings.allowed_hosts)
        gated = BearerGate(ApiApp(self.api), self.token, _UNAUTHORIZED)
        return HostGate(gated, names, _FOREIGN_HOST)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to the cluster that is served at the time."""
        if self._app is None:
            self._app = self.app()
        await self._app(scope, receive, send)

    def __enter__(self) -> Self:
        """Listen, in a thread of its own."""
        self._listen()
        self._thread = threading.Thread(target=self._run, name="simarena serve", daemon=True)
        self._thread.start()
        try:
            self._ready.result()
        except BaseException:
            self._thread.join()
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no longer."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        self._close()

    def run(self, announce: Callable[[ApiServer], None]) -> None:
        """Serve in this thread until interrupted; `announce` is called once it listens."""
        try:
            self._listen()
            announce(self)
            asyncio.run(self._serve())
        finally:
            self._close()

    def _listen(self) -> None:
        from simarena.listening.connection import notice_dead_peers

        self._socket = listener(self.settings.host, self.settings.port)
        notice_dead_peers(self._socket)
        self._folder = self._leaving.enter_context(temporary_folder("simarena-serve-"))
        if self.settings.tls:
            from simarena.apiserver.certificate import new_certificate

            names = known_names(self.settings.host, self.settings.allowed_hosts)
            self._certificate = new_certificate(names)
            self.api.certificate = self._certificate.certificate.decode()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._leaving.close()
        self._socket = self._loop = self._thread = self._folder = None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        import uvicorn

        from simarena.listening.connection import DeadlineProtocol

        options: dict[str, Any] = {}
        if self._certificate is not None and self._folder is not None:
            certificate, key = self._certificate.written(self._folder)
            options = {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",  # which it does not see in a method
            http=DeadlineProtocol,
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            lifespan="off",
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
            limit_concurrency=_MOST_CONNECTIONS,
            **options,
        )
        self._server = uvicorn.Server(config)
        self._loop = asyncio.get_running_loop()
        assert self._socket is not None  # noqa: S101 - bound before
        ticking = asyncio.create_task(self._tick())
        self._ready.set_result(None)
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            ticking.cancel()

    async def _tick(self) -> None:
        """Let virtual time pass as the clock says."""
        before = time.monotonic()
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            passed, before = min(now - before, _MOST_BEHIND_S), now
            if self.api.clock.passing:
                try:
                    clock.advance(self.api, passed * self.api.clock.passing)
                except SimArenaError:
                    self.api.clock.paused = True


def serve(cluster: Cluster, **settings: Any) -> ApiServer:  # noqa: ANN401 - as ServeSettings has it
    """Return a server of a cluster, for a `with` statement.

        with simarena.serve(cluster) as api:
            subprocess.run(["kubectl", "--kubeconfig", api.kubeconfig, "get", "pods"])

    The keyword arguments are those of `ServeSettings`.
    """
    return ApiServer(cluster, ServeSettings(**settings))
