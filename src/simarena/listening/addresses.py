"""Where a server listens, and under which names it may be called."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from simarena.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PORT: Final = 65_535


def check_port(port: int) -> None:
    """Raise ConfigError unless something can listen on a port; 0 is any that is free."""
    if not 0 <= port <= MAX_PORT:
        message = f"port must be from 0 to {MAX_PORT}, got {port}"
        raise ConfigError(message)


def is_local(host: str) -> bool:
    """Return whether only this machine can connect to an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Return whether an address stands for all of a machine's."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def known_names(host: str, more: Iterable[str] = ()) -> list[str]:
    """Return the names under which clients may call what listens at an address."""
    names = list(more)
    if not is_wildcard(host):
        names.append(host)
    if is_local(host):
        names += ["localhost", "127.0.0.1", "::1"]
    return list(dict.fromkeys(names))


def bracketed(name: str) -> str:
    """Return a name or address as URLs and headers have it."""
    return f"[{name}]" if ":" in name else name


def listener(host: str, port: int) -> socket.socket:
    """Return a socket that is bound, so that a taken port is an error in a line."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        bound = socket.create_server(address, family=family)
    except OSError as error:
        message = (
            f"{host}:{port}: cannot listen there: {error.strerror or error}; "
            "choose another --host or --port"
        )
        raise ConfigError(message) from error
    # Accepted connections inherit it: an answer's body does not wait for its head to be confirmed.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
