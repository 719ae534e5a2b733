"""Requests for resources: what each verb does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.clock import order
from simarena.apiserver.patching import DEDUCED, type_of_kind
from simarena.apiserver.rest import answering, conversion
from simarena.apiserver.rest.binding import bind
from simarena.apiserver.rest.creating import create
from simarena.apiserver.rest.deleting import delete, warn_of_orphans
from simarena.apiserver.rest.evicting import evict
from simarena.apiserver.rest.metadata import CREATED_BY_UPDATE
from simarena.apiserver.rest.options import (
    DeleteOptions,
    first,
    read_delete_options,
    read_list_options,
    read_write_options,
)
from simarena.apiserver.rest.owning import type_of_resource
from simarena.apiserver.rest.patch_types import APPLY_PATCH, apply_made, check_type, patched
from simarena.apiserver.rest.reviews import is_review, review
from simarena.apiserver.rest.scaling import apply_scale, owned_scale, rescale, scale_of
from simarena.apiserver.rest.shapes import go_type
from simarena.apiserver.rest.strictness import check_known
from simarena.apiserver.rest.updating import change, check_name, replace
from simarena.apiserver.status import (
    bad_request,
    internal,
    method_not_allowed,
    not_found,
)
from simarena.apiserver.store.kept import Kept, Place
from simarena.apiserver.wire.answer import Answer, answered, whole
from simarena.apiserver.wire.bodies import media_type, object_of, options_of, twice
from simarena.apiserver.wire.impersonation import caller_of
from simarena.apiserver.wire.listing import (
    WAIT_S,
    Page,
    Selection,
    list_answer,
    page_of,
    reached,
    too_large_version,
)
from simarena.apiserver.wire.logs import log_answer
from simarena.apiserver.wire.negotiation import JSON, Form, negotiated
from simarena.apiserver.wire.showing import View
from simarena.apiserver.wire.timeouts import timeout_s
from simarena.apiserver.wire.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.rest.options import WriteOptions
    from simarena.apiserver.wire.logs import LogStream
    from simarena.apiserver.wire.request import Request
    from simarena.apiserver.wire.routing import Route
    from simarena.cluster.manifests.fields import Manifest

_STREAMED: Final = frozenset({"attach", "exec", "portforward"})

_TIMED_OUT: Final = (
    b'{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the '
    b'allotted timeout","reason":"Timeout","details":{},"code":504}\n'
)


async def handle(api: Api, request: Request, found: Route) -> Answer | Watch | LogStream:
    """Carry out a request for a resource. Raises ApiError."""
    if found.part is not None:
        return await _part(api, request, found)
    resource, method = found.resource, request.method
    if not found.name:
        return await _collection(api, request, found)
    verbs = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    if verbs.get(method) not in resource.verbs:
        raise method_not_allowed()
    place = Place(found.namespace, found.name)
    if answering.is_answered(resource):
        view = _view(api, request, resource)
        return answered(view.one(answering.one(api, resource, place)), view.form)
    if method == "GET":
        return await _get(api, request, resource, place)
    if method == "DELETE":
        return await _delete(api, request, resource, place)
    writes = _put if method == "PUT" else _patch
    return await writes(api, request, resource, place, "")


async def _delete(api: Api, request: Request, resource: Resource, place: Place) -> Answer:
    view = _view(api, request, resource)
    await request.read()
    options = read_delete_options(request.query, options_of(request))
    value = delete(api, conversion.stored(resource), place, options)
    if value["kind"] != "Status":
        value = conversion.served_manifest(resource, value)
    return answered(view.one(value), view.form)


async def _collection(api: Api, request: Request, found: Route) -> Answer | Watch | LogStream:
    resource, method = found.resource, request.method
    if method == "GET" and "list" in resource.verbs:
        return await _list(api, request, found)
    in_place = found.in_namespace or not resource.namespaced
    if method == "POST" and "create" in resource.verbs and in_place:
        return await _create(api, request, found)
    if method == "DELETE" and "deletecollection" in resource.verbs and in_place:
        return await _delete_all(api, request, found)
    raise method_not_allowed()


async def _list(api: Api, request: Request, found: Route) -> Answer | Watch | LogStream:
    resource = found.resource
    options = read_list_options(request.query)
    view = _view(api, request, resource, watch=options.watch)
    if answering.is_answered(resource):
        value = answering.several(api, resource, found.namespace, options)
        shown = value
        if not view.is_plain and "items" in value:
            shown = view.several(value["items"], value["metadata"])
        return answered(shown, view.form)
    answering.refresh(api, resource)
    selection = Selection.of(conversion.stored(resource), options, found.namespace)
    if options.watch:
        return Watch(api, resource, options, selection, view)
    page = await page_of(api, resource, options, selection)
    return list_answer(resource, _converted(resource, page), view)


def _converted(resource: Resource, page: Page) -> Page:
    if not conversion.differs(resource):
        return page
    items = [conversion.served(resource, kept) for kept in page.items]
    return Page(items, page.version, page.continue_token, page.remaining)


async def _get(api: Api, request: Request, resource: Resource, place: Place) -> Answer:
    view = _view(api, request, resource)
    answering.refresh(api, resource)
    version = first(request.query, "resourceVersion")
    if version and not version.isdigit():
        message = (
            f'resourceVersion: Invalid value: "{version}": '
            f'strconv.ParseUint: parsing "{version}": invalid syntax'
        )
        raise internal(message)
    if version and int(version) > api.store.version:
        limit_s = timeout_s(request)
        if not await reached(api, int(version), limit_s):
            if limit_s < WAIT_S:
                return Answer(504, _TIMED_OUT, "text/plain; charset=utf-8")
            raise too_large_version(int(version), api.store.version)
    kept = api.get(resource, place)
    if kept is None:
        raise not_found(resource.named(place.name))
    return _shown(resource, kept, view)


async def _create(api: Api, request: Request, found: Route) -> Answer:
    resource = found.resource
    view = _view(api, request, resource)
    await request.read()
    options = _write_options("CreateOptions", request)
    body = object_of(request, resource.kind, resource.api_version)
    check_known(api, resource, body, options.validation, lambda: twice(request))
    if resource.group == "simarena.dev":
        return answered(order(api, body), view.form, 201)
    if is_review(resource):
        return answered(review(api, resource, body, caller_of(request)), view.form, 201)
    if resource.kind == "Binding" and not resource.group:
        return _bind(api, found.namespace, body, dry_run=options.dry_run)
    kept = create(
        api,
        conversion.stored(resource),
        found.namespace,
        conversion.to_stored(resource, body),
        options,
    )
    return _shown(resource, kept, view, 201)


def _bind(api: Api, namespace: str, body: Manifest, *, dry_run: bool) -> Answer:
    pods = _pods(api)
    name = (body.get("metadata") or {}).get("name") or ""
    return answered(bind(api, pods, Place(namespace, name), body, dry_run=dry_run), status=201)


def _pods(api: Api) -> Resource:
    found = api.registry.get("", "v1", "pods")
    assert found is not None  # noqa: S101 - a built-in resource
    return found


async def _put(api: Api, request: Request, resource: Resource, place: Place, part: str) -> Answer:
    view = _view(api, request, resource)
    await request.read()
    options = _write_options("UpdateOptions", request)
    body = object_of(request, resource.kind, resource.api_version)
    check_known(api, resource, body, options.validation, lambda: twice(request))
    body = conversion.to_stored(resource, body)
    kind = conversion.stored(resource)
    if not part and kind.collection in CREATED_BY_UPDATE and api.get(kind, place) is None:
        body["metadata"].pop("resourceVersion", None)
        check_name(place, body["metadata"])
        created = create(api, kind, place.namespace, body, options)
        return _shown(resource, created, view, 201)
    kept = replace(api, kind, place, body, options, part)
    return _shown(resource, kept, view)


async def _patch(api: Api, request: Request, resource: Resource, place: Place, part: str) -> Answer:
    view = _view(api, request, resource)
    await request.read()
    content_type = media_type(request)
    check_type(resource, content_type)
    options = _write_options("PatchOptions", request, apply=content_type == APPLY_PATCH)

    def make(manifest: Manifest) -> Manifest:
        before = conversion.served_manifest(resource, manifest) if manifest else {}
        if options.applies:
            after = apply_made(api, resource, place, before, request.body, options, part)
        else:
            kind = type_of_resource(api, resource)
            body, custom = request.body, resource.custom
            after = patched(api, kind, before, content_type, body, options, custom=custom)
        return conversion.to_stored(resource, after)

    kind = conversion.stored(resource)
    if options.applies and not part and api.get(kind, place) is None:
        made = make({})
        check_name(place, made["metadata"])
        made["metadata"].pop("resourceVersion", None)  # of what is not there, as the API does
        created = create(api, kind, place.namespace, made, options)
        return _shown(resource, created, view, 201)
    kept = change(api, kind, place, make, options, part)
    return _shown(resource, kept, view)


async def _delete_all(api: Api, request: Request, found: Route) -> Answer:
    resource = found.resource
    view = _view(api, request, resource)
    await request.read()
    options = read_list_options(request.query)
    how = read_delete_options(request.query, options_of(request))
    selection = Selection.of(conversion.stored(resource), options, found.namespace)
    page = await page_of(api, resource, options, selection)
    warn_of_orphans(api, resource, how)
    for kept in page.items:
        delete(api, conversion.stored(resource), kept.place, how)
    shown = Page(page.items, page.version, page.continue_token, page.remaining)
    return list_answer(resource, _converted(resource, shown), view)


async def _part(api: Api, request: Request, found: Route) -> Answer | Watch | LogStream:
    part, resource, method = found.part, found.resource, request.method
    assert part is not None  # noqa: S101 - asked for by the caller
    verbs = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
    if verbs.get(method) not in part.verbs:
        raise method_not_allowed()
    place = Place(found.namespace, found.name)
    if part.name == "scale":
        return await _scale(api, request, resource, place)
    if part.name == "log":
        return log_answer(api, resource, place, request)
    if part.name in _STREAMED or part.name == "proxy":
        return _refused(api, resource, place, part.name)
    if part.name in {"binding", "eviction"}:
        return await _post_part(api, request, found)
    if part.name == "token":
        message = "the simulated API issues no tokens"
        raise bad_request(message)
    handlers: dict[str, Callable[..., Any]] = {"PUT": _put, "PATCH": _patch}
    if method in handlers:
        answer: Answer = await handlers[method](api, request, resource, place, part.name)
        return answer
    return await _get(api, request, resource, place)


async def _post_part(api: Api, request: Request, found: Route) -> Answer:
    part = found.part
    assert part is not None  # noqa: S101 - asked for by the caller
    _form(request)
    await request.read()
    place = Place(found.namespace, found.name)
    write = _write_options("CreateOptions", request)
    version = f"{part.group}/{part.version}" if part.group else "v1"
    body = object_of(request, part.kind, version)
    if part.name == "binding":
        made = bind(api, found.resource, place, body, dry_run=write.dry_run)
        return answered(made, status=201)
    given = body.get("deleteOptions") or {}
    if not isinstance(given, dict):
        why = f"json: cannot unmarshal {go_type(given)} into Go struct field Eviction.deleteOptions"
        message = f'Eviction in version "v1" cannot be handled as a Eviction: {why}'
        raise bad_request(message)
    options = read_delete_options({}, given)
    if write.dry_run and not options.dry_run:
        options = DeleteOptions(
            dry_run=True, grace_s=options.grace_s, uid=options.uid, version=options.version
        )
    return answered(evict(api, found.resource, place, body, options), status=201)


async def _scale(api: Api, request: Request, resource: Resource, place: Place) -> Answer:
    view = _view(api, request, resource, kind="Scale")
    if request.method == "GET":
        return answered(view.one(scale_of(api, resource, place)), view.form)
    await request.read()
    if request.method == "PUT":
        options = _write_options("UpdateOptions", request)
        body = object_of(request, "Scale", "autoscaling/v1")
    else:
        content_type = media_type(request)
        check_type(resource, content_type)
        options = _write_options("PatchOptions", request, apply=content_type == APPLY_PATCH)
        if options.applies:
            scale = apply_scale(api, resource, place, request.body, options)
            return answered(view.one(scale), view.form)
        before = owned_scale(api, resource, place)
        kind = type_of_kind("autoscaling/v1", "Scale") or DEDUCED
        body = patched(api, kind, before, content_type, request.body, options)
    scale = rescale(api, resource, place, body, options)
    return answered(view.one(scale), view.form)


def _refused(api: Api, resource: Resource, place: Place, part: str) -> Answer:
    """Refuse what would need a container that really runs. Raises ApiError."""
    if part == "proxy":
        message = "address not allowed"
        raise bad_request(message)
    kept = api.get(resource, place)
    if kept is None:
        raise not_found(resource.named(place.name))
    node = kept.manifest["spec"].get("nodeName")
    if not node:
        message = f"pod {place.name} does not have a host assigned"
        raise bad_request(message)
    if api.store.get("nodes", Place("", node)) is None:
        raise not_found(resource.named(node))
    message = f"pods are simulated: no container runs in which {part} could be done"
    raise bad_request(message)


def _write_options(kind: str, request: Request, *, apply: bool = False) -> WriteOptions:
    return read_write_options(
        kind,
        request.query,
        apply=apply,
        size=len(request.body),
        user_agent=request.headers.get("user-agent", ""),
    )


def _form(request: Request, *, watch: bool = False) -> Form:
    return negotiated(request.headers.get("accept", ""), tables=True, watch=watch)


def _view(
    api: Api, request: Request, resource: Resource, *, kind: str = "", watch: bool = False
) -> View:
    return View.of(api, resource, _form(request, watch=watch), request, kind)


def _shown(resource: Resource, kept: Kept, view: View, status: int = 200) -> Answer:
    kept = conversion.served(resource, kept)
    if view.is_plain and view.form.media_type == JSON:
        return Answer(status, whole(resource, kept))
    return answered(view.one(kept.manifest), view.form, status)
