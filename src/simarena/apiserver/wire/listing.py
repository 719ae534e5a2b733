"""Lists: of now or of a version, in whole or page by page."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.selectors.fields import FieldTerms, read_fields
from simarena.apiserver.selectors.labels import LabelTerms, read_labels
from simarena.apiserver.status import bad_request, expired, failure
from simarena.apiserver.wire.answer import Answer, answered, encode
from simarena.apiserver.wire.negotiation import JSON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import ListOptions
    from simarena.apiserver.store.kept import Kept
    from simarena.apiserver.wire.showing import View
    from simarena.errors import ApiError

_META: Final = "meta.k8s.io/v1"
WAIT_S: Final = 3.0
"""So long a client waits for a version that has not come yet."""
_LOOK_S: Final = 0.02
_TOO_OLD: Final = (
    "The provided continue parameter is too old to display a consistent list result. You can "
    "start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)
_INCONSISTENT: Final = -1


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a collection are wanted."""

    labels: LabelTerms
    fields: FieldTerms
    namespace: str = ""

    @classmethod
    def of(cls, resource: Resource, options: ListOptions, namespace: str) -> Selection:
        """Return what the options of a request select. Raises ApiError."""
        return cls(read_labels(options.labels), read_fields(options.fields, resource), namespace)

    @property
    def is_all(self) -> bool:
        """Whether every object of the namespace is wanted."""
        return not self.labels.terms and not self.fields.terms

    def wants(self, kept: Kept) -> bool:
        """Return whether an object is wanted."""
        if self.namespace and kept.place.namespace != self.namespace:
            return False
        if self.labels.terms and not self.labels.matches(kept.metadata.get("labels") or {}):
            return False
        return not self.fields.terms or self.fields.matches(kept.manifest)


@dataclass(frozen=True, slots=True)
class Page:
    """A list, or a part of one."""

    items: list[Kept]
    version: int
    continue_token: str = ""
    remaining: int | None = None


def read_version(text: str) -> int | None:
    """Return a resourceVersion of a list, None where none is given. Raises ApiError."""
    if not text:
        return None
    if not text.isdigit():
        message = (
            f'invalid resource version: resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
        raise bad_request(message)
    return int(text)


async def page_of(api: Api, resource: Resource, options: ListOptions, selection: Selection) -> Page:
    """Return the objects that are wanted. Raises ApiError."""
    after = ""
    if options.continue_token:
        version, after = _read_token(options)
        if version == _INCONSISTENT:
            version = None
    else:
        version = read_version(options.version)
        if version is not None and not await reached(api, version, WAIT_S):
            raise too_large_version(version, api.store.version)
        exact = options.match == "Exact" or (not options.match and options.limit > 0 and version)
        version = version if exact else None
    store = api.store
    if version is not None and version < store.history.since:
        if options.continue_token:
            raise expired(_TOO_OLD, _token(_INCONSISTENT, after))
        message = "The resourceVersion for the provided list is too old."
        raise expired(message)
    now = store.version if version is None else version
    held = store.at(resource.collection, now)
    from_cache = options.version == "0" and not options.match
    limit = 0 if from_cache else options.limit
    found = (kept for kept in held.inside(selection.namespace, after) if selection.wants(kept))
    if limit <= 0:
        return Page(list(found), now)
    items = list(islice(found, limit))
    rest = sum(1 for _ in found)
    if not rest:
        return Page(items, now)
    token = _token(now, items[-1].place.path)
    return Page(items, now, token, rest if selection.is_all else None)


async def reached(api: Api, version: int, limit_s: float) -> bool:
    """Wait until a version has come, for a while; return whether it has."""
    loop = asyncio.get_running_loop()
    until = loop.time() + min(limit_s, WAIT_S)
    while api.store.version < version:
        if loop.time() >= until:
            return False
        await asyncio.sleep(_LOOK_S)
    return True


def too_large_version(version: int, current: int) -> ApiError:
    """Return the failure where a version has not come yet."""
    message = f"Timeout: Too large resource version: {version}, current: {current}"
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return failure(504, "Timeout", message, details, retry_after="1")


def _token(version: int, after: str) -> str:
    text = json.dumps({"v": _META, "rv": version, "start": f"{after}\0"}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(options: ListOptions) -> tuple[int | None, str]:
    text = options.continue_token
    try:
        if not text.isascii() or not text.isprintable():
            raise ValueError  # noqa: TRY301 - one way out
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        message = (
            "invalid continue token: continue key is not valid: illegal base64 data at input byte 0"
        )
        raise bad_request(message) from None
    try:
        found = json.loads(raw)
        version, start = int(found["rv"]), str(found["start"])
        known = found["v"] == _META
    except (ValueError, KeyError, TypeError, RecursionError):
        message = "invalid continue token: continue key is not valid: invalid character"
        raise bad_request(message) from None
    if not known:
        message = (
            "invalid continue token: continue key is not valid: server does not recognize this "
            f'encoded version "{found["v"]}"'
        )
        raise bad_request(message)
    if options.version and options.version != "0":
        message = "specifying resource version is not allowed when using continue"
        raise bad_request(message)
    return version, start.rstrip("\0")


def list_answer(resource: Resource, page: Page, view: View) -> Answer:
    """Return a list as a client wants it."""
    form = view.form
    metadata: dict[str, Any] = {"resourceVersion": str(page.version)}
    if page.continue_token:
        metadata["continue"] = page.continue_token
        if page.remaining is not None:
            metadata["remainingItemCount"] = page.remaining
    if not view.is_plain:
        return answered(view.several([kept.manifest for kept in page.items], metadata), form)
    if resource.custom:
        metadata.setdefault("continue", "")
    head = {"kind": resource.kind_of_list, "apiVersion": resource.api_version}
    if form.media_type != JSON:
        manifests = [_item(resource, kept) for kept in page.items]
        return answered({**head, "metadata": metadata, "items": manifests}, form)
    begin = encode({**head, "metadata": metadata})[:-1]
    return Answer(200, begin + b',"items":[' + b",".join(_items(resource, page.items)) + b"]}")


def _item(resource: Resource, kept: Kept) -> dict[str, Any]:
    inner = {
        key: value for key, value in kept.manifest.items() if key not in {"kind", "apiVersion"}
    }
    if resource.custom:
        return {"apiVersion": resource.api_version, "kind": resource.kind, **inner}
    return inner


def _items(resource: Resource, kept: Iterable[Kept]) -> Iterable[bytes]:
    if not resource.custom:
        return (each.inner for each in kept)
    head = encode({"apiVersion": resource.api_version, "kind": resource.kind})[:-1] + b","
    return (head + each.inner[1:] for each in kept)
