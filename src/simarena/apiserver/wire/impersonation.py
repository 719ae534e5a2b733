"""Requests in somebody else's name: beside the one client nobody may do much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.apiserver.rest.reviews import CLIENT, Caller
from simarena.apiserver.status import Named, bad_request, failure

if TYPE_CHECKING:
    from simarena.apiserver.wire.request import Request
    from simarena.apiserver.wire.routing import Route
    from simarena.errors import ApiError

_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def caller_of(request: Request) -> Caller:
    """Return in whose name a request is made."""
    user = request.headers.get("impersonate-user", "")
    if not user:
        return CLIENT
    given = request.headers.get("impersonate-group", "").split(",")
    return Caller.acting(user, [each.strip() for each in given if each.strip()])


def check_user(request: Request, found: Route | None) -> None:
    """Raise ApiError where a request is made in the name of somebody who may not make it."""
    user = request.headers.get("impersonate-user", "")
    groups = [each.strip() for each in request.headers.get("impersonate-group", "").split(",")]
    if not user:
        if groups != [""]:
            raise _nameless(groups)
        return
    caller = caller_of(request)
    if found is None:
        if not caller.may_read(request.method.lower(), request.path):
            message = (
                f'forbidden: User "{user}" cannot {request.method.lower()} path "{request.path}"'
            )
            raise _forbidden(message, Named(""))
        return
    resource, part = found.resource, found.part
    whole = resource.plural if part is None else f"{resource.plural}/{part.name}"
    verb = _verb(request, found)
    if not caller.may(verb, resource.group, whole):
        raise _no_right(found, user, verb, whole)


def _verb(request: Request, found: Route) -> str:
    verb = _VERBS.get(request.method, "get")
    if not found.name:
        watches = request.query.get("watch", ["false"])[0].lower() not in {"false", "0"}
        listing = "watch" if watches else "list"
        verb = {"get": listing, "delete": "deletecollection"}.get(verb, verb)
    return verb


def _no_right(found: Route, user: str, verb: str, whole: str) -> ApiError:
    resource = found.resource
    named = resource.named(found.name)
    where = f'in the namespace "{found.namespace}"' if found.namespace else "at the cluster scope"
    what = f'{named.resource} "{found.name}"' if found.name else named.resource
    message = (
        f'{what} is forbidden: User "{user}" cannot {verb} resource "{whole}" in API group '
        f'"{resource.group}" {where}'
    )
    return _forbidden(message, named)


def _forbidden(message: str, named: Named) -> ApiError:
    error = failure(403, "Forbidden", message, named.details())
    error.headers["x-content-type-options"] = "nosniff"
    return error


def _nameless(groups: list[str]) -> ApiError:
    shown = ", ".join(f'"{each}"' for each in groups)
    message = (
        f'requested &user.DefaultInfo{{Name:"", UID:"", Groups:[]string{{{shown}}}, '
        "Extra:map[string][]string(nil)} without impersonating a user name"
    )
    error = bad_request(message)
    error.headers["x-content-type-options"] = "nosniff"
    return error
