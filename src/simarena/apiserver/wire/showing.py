"""Objects in the forms that clients ask for: whole, as rows of a table, or their metadata alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from simarena.apiserver.custom.schema import version_of
from simarena.apiserver.printing.ages import read_time
from simarena.apiserver.printing.tables import (
    Included,
    custom_layout,
    layout_of,
    partial_metadata,
    partial_metadata_list,
    table,
)
from simarena.apiserver.rest.options import first
from simarena.apiserver.status import bad_request
from simarena.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.apiserver.api import Api
    from simarena.apiserver.printing.tables import Layout
    from simarena.apiserver.resources.resource import Resource
    from simarena.apiserver.wire.negotiation import Form
    from simarena.apiserver.wire.request import Request
    from simarena.cluster.manifests.fields import Manifest

TABLE: Final = "Table"
_INCLUDED: Final = get_args(Included)


@dataclass(slots=True)
class View:
    """How a client sees objects of one kind."""

    api: Api
    form: Form
    layout: Layout | None = None
    """Of tables; None where another form is asked for."""
    included: Included = "Metadata"
    _has_headers: bool = field(default=False)

    @classmethod
    def of(cls, api: Api, resource: Resource, form: Form, request: Request, kind: str = "") -> View:
        """Return how a request wants objects; `kind` where they are not the resource's own.

        Raises ApiError for what a table cannot hold.
        """
        if form.kind != TABLE:
            return cls(api, form)
        word = first(request.query, "includeObject") or "Metadata"
        if word not in _INCLUDED:
            message = f"unrecognized includeObject value: {word!r}"
            raise bad_request(message)
        return cls(api, form, _layout(api, resource, kind), cast("Included", word))

    @property
    def is_plain(self) -> bool:
        """Whether objects are shown as they are."""
        return not self.form.kind

    @property
    def _now(self) -> datetime:
        return read_time(self.api.now) or datetime.fromtimestamp(0, UTC)

    def one(self, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object as it is seen; a Status stays what it is."""
        if self.is_plain or manifest.get("kind") == "Status":
            return manifest
        if self.layout is None:
            return partial_metadata(manifest, self.form.version)
        return self._table([manifest], None, headers=True)

    def several(
        self, manifests: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any]
    ) -> Manifest:
        """Return the objects of a list as they are seen, under the metadata of the list."""
        if self.layout is None:
            return partial_metadata_list(manifests, metadata, self.form.version)
        return self._table(manifests, metadata, headers=True)

    def next(self, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an object of a watch as it is seen: only the first has the columns of a table."""
        if self.layout is None:
            return self.one(manifest)
        headers, self._has_headers = not self._has_headers, True
        return self._table([manifest], None, headers=headers)

    def _table(
        self,
        manifests: Sequence[Mapping[str, Any]],
        metadata: Mapping[str, Any] | None,
        *,
        headers: bool,
    ) -> Manifest:
        assert self.layout is not None  # noqa: S101 - asked for by the callers
        return table(
            self.layout,
            manifests,
            self._now,
            included=self.included,
            metadata=metadata,
            headers=headers,
            version=self.form.version,
        )


def _layout(api: Api, resource: Resource, kind: str) -> Layout:
    if kind or not resource.custom:
        return layout_of(kind or resource.kind)
    columns = version_of(api, resource).get("additionalPrinterColumns") or ()
    try:
        return custom_layout(columns)
    except ManifestError:
        return custom_layout(())
