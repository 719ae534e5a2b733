"""Status answers: what the API says where it refuses a request, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.errors import ApiError, failure_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simarena.cluster.manifests.fields import Manifest

REASONS: Final = {
    "Invalid": "FieldValueInvalid",
    "Required": "FieldValueRequired",
    "NotSupported": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Duplicate": "FieldValueDuplicate",
}
"""Reasons of causes, by the word that starts their messages."""


class Cause(NamedTuple):
    """One fault of an object or of the options of a request."""

    field: str
    message: str
    reason: str = "FieldValueInvalid"

    def told(self) -> dict[str, str]:
        """Return it as `details.causes` has it."""
        return {"reason": self.reason, "message": self.message, "field": self.field}


class Named(NamedTuple):
    """Whose error it is: the resource (or the kind) with its group, and the object's name."""

    kind: str
    group: str = ""
    name: str = ""

    @property
    def resource(self) -> str:
        """Return what messages call it, such as `deployments.apps`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def details(self) -> Manifest:
        """Return it as `details` of a Status has it."""
        found = {"name": self.name, "group": self.group, "kind": self.kind}
        return {key: value for key, value in found.items() if value}


def failure(
    code: int, reason: str, message: str, details: Manifest | None = None, **headers: str
) -> ApiError:
    """Return a failure; `details` of None are left out, as where the API has none."""
    status = failure_status(code, reason, message, details)
    return ApiError(status, {name.replace("_", "-"): value for name, value in headers.items()})


def success(named: Named, uid: str) -> Manifest:
    """Return what a deletion that is through is answered with."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**named.details(), "uid": uid},
    }


def not_found(named: Named) -> ApiError:
    """Return the failure for an object that is not there."""
    return failure(404, "NotFound", f'{named.resource} "{named.name}" not found', named.details())


def no_such_resource() -> ApiError:
    """Return the failure for a path of a group that is served, but not this in it."""
    return failure(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiError:
    """Return the failure for a method that a path does not have."""
    message = "the server does not allow this method on the requested resource"
    return failure(405, "MethodNotAllowed", message, {})


def already_exists(named: Named) -> ApiError:
    """Return the failure for the creation of an object that is there."""
    message = f'{named.resource} "{named.name}" already exists'
    return failure(409, "AlreadyExists", message, named.details())


def conflict(named: Named, why: str) -> ApiError:
    """Return the failure of a write that is about another state of the object."""
    message = f'Operation cannot be fulfilled on {named.resource} "{named.name}": {why}'
    return failure(409, "Conflict", message, named.details())


MODIFIED: Final = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def bad_request(message: str) -> ApiError:
    """Return the failure for what is no request."""
    return failure(400, "BadRequest", message)


def internal(message: str) -> ApiError:
    """Return what the API answers with 500 and without a reason."""
    return failure(500, "", message)


def forbidden(named: Named, why: str) -> ApiError:
    """Return the failure of an operation that admission refuses."""
    return failure(
        403, "Forbidden", f'{named.resource} "{named.name}" is forbidden: {why}', named.details()
    )


def invalid(kind: Named, causes: Sequence[Cause]) -> ApiError:
    """Return the failure of an object with faults; `kind` has its kind in place of a resource."""
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    what = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details: Manifest = kind.details()
    details["causes"] = [cause.told() for cause in causes]
    message = f'{kind.resource} "{kind.name}" is invalid: {what}'
    return failure(422, "Invalid", message, details)


def invalid_options(kind: str, causes: Sequence[Cause]) -> ApiError:
    """Return the failure of options that contradict each other, such as `ListOptions`."""
    return invalid(Named(kind, "meta.k8s.io"), causes)


def expired(message: str, continue_token: str = "") -> ApiError:
    """Return the failure of a look at versions that are no longer kept."""
    error = failure(410, "Expired", message)
    if continue_token:
        error.status["metadata"] = {"continue": continue_token}
    return error


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    """Return the failure for a body in a format that is not read."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        f"{', '.join(accepted)}"
    )
    return failure(415, "UnsupportedMediaType", message)


def too_large(message: str) -> ApiError:
    """Return the failure for a body beyond the limit."""
    return failure(413, "RequestEntityTooLarge", message)


def cause_of(field: str, kind: str, message: str) -> Cause:
    """Return a cause by its kind: Invalid, Required, NotSupported, Forbidden or Duplicate."""
    return Cause(field, message, REASONS[kind])
