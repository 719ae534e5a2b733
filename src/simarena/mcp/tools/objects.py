"""Read tools about objects of any kind: lists, descriptions, YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, NotRequired, TypedDict

from pydantic import Field

from simarena.apiserver.printing.ages import age, seconds_since
from simarena.errors import RefusedError
from simarena.mcp.answers.answer import Answer, Listed, Row, listed, none_listed
from simarena.mcp.answers.arguments import MAX_NAME_CHARS
from simarena.mcp.answers.bounds import MAX_CELL_CHARS, shortened, size
from simarena.mcp.kubectl.object_description import description_lines
from simarena.mcp.kubectl.printing import columns_of, printed
from simarena.mcp.kubectl.selectors import read_selectors
from simarena.mcp.kubectl.yaml_text import yaml_lines
from simarena.mcp.tools.describe import (
    Condition,
    condition_records,
    describe_deployment_answer,
    describe_pod_answer,
    described,
    events_section,
)
from simarena.mcp.tools.pods import newest_first, nothing_found, place_of
from simarena.mcp.tools.read import LabelSelector, Limit, Namespace, Namespaces, NextCursor, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.backend import Backend
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.session import Session
    from simarena.mcp.tools.tool_server import ToolServer

_MAX_YAML_BYTES: Final = 12_000
_MAX_LINE_CHARS: Final = 2_000

Kind = Annotated[
    str,
    Field(
        description="Kind of object, as kubectl takes it: pod, deploy, statefulset, daemonset, "
        "job, cronjob, service, hpa, pdb, quota, limitrange, namespace, node, configmap, ...",
        max_length=MAX_NAME_CHARS,
    ),
]
Name = Annotated[str, Field(description="Name of the object.", max_length=MAX_NAME_CHARS)]


class ObjectRecord(TypedDict):
    """An object in a list; its namespace where there are several."""

    namespace: NotRequired[str]
    name: str
    age_seconds: int | None
    columns: dict[str, str]
    """What kubectl prints of such an object, by column."""


class ObjectList(Listed):
    """Objects of one kind."""

    kind: str
    items: list[ObjectRecord]


class ObjectDescription(TypedDict):
    """All about an object is in the text; here is which one, and its conditions."""

    kind: str
    name: str
    namespace: str
    conditions: list[Condition]


class YamlPart(TypedDict):
    """Which lines of an object's YAML are in the text."""

    kind: str
    name: str
    namespace: str
    from_line: int
    shown_lines: int
    total_lines: int
    next_line: int
    """What to give as `from_line` to see what follows; 0 at the end."""


def add_object_tools(tools: ToolServer) -> None:
    """Serve the tools that look at objects of any kind."""
    session = tools.session

    def get_resources(
        kind: Kind,
        namespace: Namespaces = "",
        label_selector: LabelSelector = "",
        field_selector: Annotated[
            Text, Field(description="Field selector: metadata.name=web, status.phase=Pending.")
        ] = "",
        limit: Limit = 50,
        cursor: NextCursor = "",
    ) -> Answer[ObjectList]:
        """List objects of any kind in the columns of kubectl get, the newest first."""
        found = session.backend.kind(kind)
        everywhere = namespace == "*" or not found.namespaced
        return resources_answer(
            session.backend,
            found,
            None if everywhere else namespace or session.namespace,
            (label_selector, field_selector),
            limit,
            cursor,
        )

    def describe_resource(
        kind: Kind, name: Name, namespace: Namespace = ""
    ) -> Answer[ObjectDescription]:
        """Tell all about one object of any kind, its events included."""
        found = session.backend.kind(kind)
        return description_answer(session.backend, found, place(session, found, namespace), name)

    def get_yaml(
        kind: Kind,
        name: Name,
        namespace: Namespace = "",
        from_line: Annotated[
            int, Field(description="First line to show, if it is long.", ge=1, le=1_000_000)
        ] = 1,
    ) -> Answer[YamlPart]:
        """Show one object of any kind as YAML, spec and status."""
        found = session.backend.kind(kind)
        return yaml_answer(
            session.backend, found, place(session, found, namespace), name, from_line
        )

    tools.add(get_resources, "Objects of any kind")
    tools.add(describe_resource, "One object")
    tools.add(get_yaml, "One object as YAML")


def place(session: Session, kind: ApiKind, namespace: str) -> str:
    """Return the namespace of one object, empty where its kind has none."""
    if namespace == "*":
        message = "error: a resource cannot be retrieved by name across all namespaces"
        raise RefusedError(message)
    return (namespace or session.namespace) if kind.namespaced else ""


def resources_answer(
    backend: Backend,
    kind: ApiKind,
    namespace: str | None,
    selectors: tuple[str, str],
    limit: int,
    cursor: str,
) -> Answer[ObjectList]:
    """Return objects as `kubectl get` lists them; `selectors` are those of labels and fields."""
    chosen = read_selectors(kind.key, *selectors)
    if kind.key == "Event":
        found = newest_first(backend.events(namespace, chosen))
    else:
        found = newest_first(backend.list(kind.key, namespace, chosen))
    if not found:
        text = nothing_found(backend, namespace) if kind.namespaced else "No resources found"
        return none_listed(text, kind=kind.kind)
    everywhere = kind.namespaced and namespace is None
    columns = ("NAME", *columns_of(kind), "AGE")
    where = f" {place_of(namespace)}" if kind.namespaced else ""
    return listed(
        f"{kind.resource}{where}",
        ("NAMESPACE", *columns) if everywhere else columns,
        found,
        lambda each: _row(backend, kind, each, everywhere=everywhere),
        limit=limit,
        cursor=cursor,
        hint="see fewer by label_selector or field_selector",
        kind=kind.kind,
    )


def _row(backend: Backend, kind: ApiKind, manifest: Fields, *, everywhere: bool) -> Row:
    metadata = manifest["metadata"]
    columns = printed(kind, manifest, backend.now)
    created = metadata.get("creationTimestamp")
    cells = [str(metadata["name"]), *columns.values(), age(created, backend.now)]
    data: ObjectRecord = {
        "name": str(metadata["name"]),
        "age_seconds": seconds_since(created, backend.now),
        "columns": columns,
    }
    if not everywhere:
        return Row(cells, data)
    namespace = str(metadata.get("namespace") or "")
    return Row([namespace, *cells], {"namespace": namespace, **data})


def description_answer(
    backend: Backend, kind: ApiKind, namespace: str, name: str
) -> Answer[ObjectDescription]:
    """Return an object as `kubectl describe` tells of it."""
    data: ObjectDescription = {
        "kind": kind.kind,
        "name": name,
        "namespace": namespace,
        "conditions": [],
    }
    alone = _DESCRIBED_ALONE.get(kind.key)
    if alone is not None:
        told = alone(backend, namespace, name)
        return Answer(told.text, {**data, "conditions": told.data["conditions"]})
    manifest = backend.get(kind.key, name, namespace)
    data["conditions"] = condition_records(manifest)
    events = [
        event
        for event in backend.events(namespace or None)
        if (event["involvedObject"].get("kind"), event["involvedObject"].get("name"))
        == (kind.kind, name)
    ]
    where = f" in namespace {namespace}" if namespace else ""
    return described(
        f"{kind.kind} {name}{where}",
        description_lines(backend, kind, manifest),
        events_section(events, backend),
        data,
    )


_DESCRIBED_ALONE: Final[Mapping[str, Callable[[Backend, str, str], Answer[Any]]]] = {
    "Deployment": describe_deployment_answer,
    "Pod": describe_pod_answer,
}


def yaml_answer(
    backend: Backend, kind: ApiKind, namespace: str, name: str, from_line: int
) -> Answer[YamlPart]:
    """Return lines of an object's YAML, as many as fit."""
    lines = yaml_lines(backend.get(kind.key, name, namespace))
    first = min(from_line, len(lines)) - 1
    part: list[str] = []
    left = _MAX_YAML_BYTES
    for line in lines[first:]:
        short = shortened(line, _MAX_LINE_CHARS)
        left -= size(short)
        if left < 0 and part:
            break
        part.append(short)
    end = first + len(part)
    following = end + 1 if end < len(lines) else 0
    header = f"{kind.printed}/{name}, lines {first + 1} to {end} of {len(lines)}"
    if following:
        header += f"; what follows: from_line={following}"
    data: YamlPart = {
        "kind": kind.kind,
        "name": name,
        "namespace": namespace,
        "from_line": first + 1,
        "shown_lines": len(part),
        "total_lines": len(lines),
        "next_line": following,
    }
    return Answer("\n".join([f"# {shortened(header, MAX_CELL_CHARS)}", *part]), data)
