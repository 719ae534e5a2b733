"""What clients may change in a live cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simarena.errors import RefusedError

if TYPE_CHECKING:
    from simarena.mcp.kubectl.kinds import ApiKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What was allowed when the server was started; everything else is refused."""

    namespaces: frozenset[str] = frozenset()
    """In which workloads may be operated: scaled, rolled out, labelled, and their pods deleted."""
    nodes: bool = False
    """Whether nodes may be cordoned, drained, tainted and labelled."""
    manifests: bool = False
    """Whether in those namespaces anything may be applied, patched and deleted."""

    def check(self, kind: ApiKind, name: str, namespace: str, *, freely: bool) -> None:
        """Raise RefusedError, in the API's words, for an object that may not be changed.

        `freely` tells a change of the client's own making from an operation on what is there.
        """
        if kind.kind == "Node":
            if not self.nodes:
                raise _forbidden(kind, name, "change nodes", "--allow-nodes")
        elif not kind.namespaced:
            reason = "this server changes nothing outside of namespaces but nodes"
            message = f'Error from server (Forbidden): {kind.resource} "{name}" is forbidden: '
            raise RefusedError(message + reason)
        elif namespace not in self.namespaces:
            what = f'change namespace "{namespace}"'
            raise _forbidden(kind, name, what, f"--allow-writes {namespace}")
        if freely and not self.manifests:
            what = "apply, patch and delete whatever clients want"
            raise _forbidden(kind, name, what, "--allow-manifests")

    def __str__(self) -> str:
        """Return in a sentence or two what is allowed."""
        told = []
        if self.namespaces:
            what = "Everything" if self.manifests else "Workloads"
            told.append(f"{what} may be changed in: {', '.join(sorted(self.namespaces))}")
        if self.nodes:
            told.append("Nodes may be changed")
        return f"{'; '.join(told)}; nothing else." if told else "Nothing may be changed."


def _forbidden(kind: ApiKind, name: str, what: str, option: str) -> RefusedError:
    return RefusedError(
        f'Error from server (Forbidden): {kind.resource} "{name}" is forbidden: this server may '
        f"not {what}; it would have to be started with {option}"
    )
