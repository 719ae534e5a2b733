"""The tools that change objects of any kind: labels, patches, manifests, deletion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from simarena.errors import ManifestError, RefusedError
from simarena.mcp.answers.answer import Answer
from simarena.mcp.kubectl.yaml_text import read_manifest, read_yaml
from simarena.mcp.tools.objects import Kind, Name, place
from simarena.mcp.tools.read import Namespace
from simarena.mcp.tools.tool_server import ACTS, MARKS, SETS, ToolServer
from simarena.mcp.tools.written import Document, DryRun, WriteRecord, written
from simarena.mcp.writing import Edit

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Manifest
    from simarena.mcp.kubectl.kinds import ApiKind
    from simarena.mcp.tools.operating import OperatedSession

_MOST_PAIRS: Final = 50
_KEY: Final = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")

Pairs = Annotated[
    list[str],
    Field(
        description="What to set, as key=value, and what to take away, as key-.",
        min_length=1,
        max_length=_MOST_PAIRS,
    ),
]
Overwrite = Annotated[bool, Field(description="Change those that have another value already.")]


def add_edit_tools(tools: ToolServer, session: OperatedSession) -> None:
    """Serve the tools that change objects of any kind."""

    def label(
        kind: Kind,
        name: Name,
        labels: Pairs,
        namespace: Namespace = "",
        overwrite: Overwrite = False,
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Set labels of an object, or take them away."""
        found = session.backend.kind(kind)
        pairs = _pairs(labels, "label", _VALUE)
        where = place(session, found, namespace)
        return _marked(
            session, found, (where, name), "labels", pairs, overwrite=overwrite, dry_run=dry_run
        )

    def annotate(
        kind: Kind,
        name: Name,
        annotations: Pairs,
        namespace: Namespace = "",
        overwrite: Overwrite = False,
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Set annotations of an object, or take them away."""
        found = session.backend.kind(kind)
        pairs = _pairs(annotations, "annotation")
        where = place(session, found, namespace)
        return _marked(
            session,
            found,
            (where, name),
            "annotations",
            pairs,
            overwrite=overwrite,
            dry_run=dry_run,
        )

    def patch(
        kind: Kind,
        name: Name,
        patch: Annotated[
            Document, Field(description='The patch, JSON or YAML: {"spec": {"replicas": 2}}.')
        ],
        type: Annotated[  # noqa: A002 - kubectl's own name
            Literal["strategic", "merge", "json"],
            Field(
                description="strategic knows items of lists by their names; merge replaces lists; "
                "json is a list of operations (RFC 6902)."
            ),
        ] = "strategic",
        namespace: Namespace = "",
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Patch an object of any kind, as kubectl patch does."""
        found = session.backend.kind(kind)
        where = place(session, found, namespace)
        edit = Edit(
            kind=found,
            name=name,
            namespace=where,
            patch_type=type,
            body=read_yaml(patch, "patch"),
            freely=True,
        )
        session.writer.patch(edit, dry_run=dry_run)
        return written(session, found, where, name, "patched", dry_run=dry_run)

    def apply(
        manifest: Annotated[
            Document, Field(description="One object, YAML or JSON, with apiVersion and kind.")
        ],
        namespace: Namespace = "",
        force_conflicts: Annotated[
            bool, Field(description="On a live cluster, take over fields that others have set.")
        ] = False,
        dry_run: DryRun = False,
    ) -> Answer[WriteRecord]:
        """Create an object, or make the existing one like a manifest, as kubectl apply does."""
        wanted = read_manifest(manifest)
        found = session.backend.kind(_word_of(wanted))
        where, name = _named(session, found, wanted, namespace)
        result = session.writer.apply(
            found, wanted, dry_run=dry_run, force_conflicts=force_conflicts
        )
        return written(session, found, where, name, result, dry_run=dry_run)

    def delete(
        kind: Kind, name: Name, namespace: Namespace = "", dry_run: DryRun = False
    ) -> Answer[WriteRecord]:
        """Delete an object, such as a pod, and all that it owns; controllers replace their pods."""
        found = session.backend.kind(kind)
        where = place(session, found, namespace)
        session.backend.get(found.key, name, where)
        session.writer.delete(found, name, where, dry_run=dry_run)
        within = f" from {where} namespace" if where else ""
        text = f'{found.printed} "{name}" deleted{within}'
        return written(session, found, where, name, "deleted", dry_run=dry_run, text=text)

    tools.add(label, "Set labels", MARKS)
    tools.add(annotate, "Set annotations", MARKS)
    tools.add(patch, "Patch an object", ACTS)
    tools.add(apply, "Apply a manifest", SETS)
    tools.add(delete, "Delete an object", SETS)


def _pairs(
    texts: list[str], what: str, value_form: re.Pattern[str] | None = None
) -> dict[str, str | None]:
    """Return what to set, by key, and None for what to take away."""
    pairs: dict[str, str | None] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign and text.endswith("-"):
            key, told = text[:-1], None
        elif sign:
            told = value
        else:
            message = f"error: {what} {text!r}: write key=value, or key- to take it away"
            raise RefusedError(message)
        if not _KEY.fullmatch(key):
            message = (
                f"error: {what} {text!r}: {key!r} is no key; write it as app or example.com/app"
            )
            raise RefusedError(message)
        if told is not None and value_form is not None and not value_form.fullmatch(told):
            message = (
                f"error: invalid {what} value {told!r}: at most 63 letters, digits, '-', '_' and "
                "'.', beginning and ending with a letter or digit"
            )
            raise RefusedError(message)
        if key in pairs:
            message = f"error: {what} {key!r} is named twice"
            raise RefusedError(message)
        pairs[key] = told
    return pairs


def _marked(
    session: OperatedSession,
    kind: ApiKind,
    where: tuple[str, str],
    field: Literal["labels", "annotations"],
    pairs: dict[str, str | None],
    *,
    overwrite: bool,
    dry_run: bool,
) -> Answer[WriteRecord]:
    """Set labels or annotations, and say so in kubectl's words."""
    namespace, name = where
    metadata = session.backend.get(kind.key, name, namespace)["metadata"]
    present = metadata.get(field) or {}
    for key, value in pairs.items():
        if value is not None and present.get(key, value) != value and not overwrite:
            message = f"error: '{key}' already has a value ({present[key]}), and overwrite is false"
            raise RefusedError(message)
    word = {"labels": "labeled", "annotations": "annotated"}[field]
    changing = {key: value for key, value in pairs.items() if present.get(key) != value}
    if not changing:
        return written(session, kind, namespace, name, f"not {word}", dry_run=dry_run)
    edit = Edit(
        kind=kind,
        name=name,
        namespace=namespace,
        patch_type="merge",
        body={"metadata": {field: changing}},
    )
    session.writer.patch(edit, dry_run=dry_run)
    if field == "labels" and not any(value is not None for value in changing.values()):
        word = "unlabeled"
    return written(session, kind, namespace, name, word, dry_run=dry_run)


def _word_of(manifest: Manifest) -> str:
    """Return the word for a manifest's kind, its group included."""
    version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if not isinstance(version, str) or not isinstance(kind, str) or not version or not kind:
        message = "error: the manifest needs apiVersion and kind"
        raise ManifestError(message)
    group = version.rpartition("/")[0]
    return f"{kind}.{group}" if group else kind


def _named(
    session: OperatedSession, kind: ApiKind, manifest: Manifest, namespace: str
) -> tuple[str, str]:
    """Return namespace and name of an object; give its manifest, in place, the namespace."""
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str) or not name:
        message = "error: resource name may not be empty; give the manifest a metadata.name"
        raise ManifestError(message)
    stated = str(metadata.get("namespace") or "")
    if namespace and stated and kind.namespaced and stated != namespace:
        message = (
            f'error: the namespace from the provided object "{stated}" does not match the '
            f'namespace "{namespace}"'
        )
        raise RefusedError(message)
    where = place(session, kind, stated or namespace)
    if where:
        metadata["namespace"] = where
    else:
        metadata.pop("namespace", None)
    return where, name
