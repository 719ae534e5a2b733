"""What the API says of kinds and objects that it does not have."""

from __future__ import annotations

from simarena.cluster.manifests.kinds import STORED_KINDS, SUPPORTED_KINDS
from simarena.errors import NotFoundError
from simarena.trace.kinds import KINDS


def resource(kind: str) -> str:
    """Return a kind's resource and group, such as `deployments.apps`.

    Raises NotFoundError, in the words of kubectl, if no object can be of that kind.
    """
    if kind not in SUPPORTED_KINDS | STORED_KINDS:
        known = ", ".join(sorted(SUPPORTED_KINDS))
        message = f'the server doesn\'t have a resource type "{kind}"; simulated kinds are {known}'
        raise NotFoundError(message)
    return KINDS[kind].resource


def not_found(kind: str, name: str) -> NotFoundError:
    """Return the error for an object that does not exist, in the API's words."""
    return NotFoundError(f'{resource(kind)} "{name}" not found')


def no_scale(kind: str, name: str, version: str) -> str:
    """Return why the scale of something cannot be read, in the words of the API.

    `version` is the `apiVersion` under which it is asked for.
    """
    if kind not in SUPPORTED_KINDS | STORED_KINDS:
        return f'no matches for kind "{kind}" in group "{version.rpartition("/")[0]}"'
    if KINDS[kind].scales:
        return str(not_found(kind, name))
    return "the server could not find the requested resource"
