"""Rules for Events of the core group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.names import label_key

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_MOST: Final = 128
_MOST_OF_NOTE: Final = 1_024


def check_event(event: Fields, causes: Causes) -> None:
    """Check an Event: where it is, and of the new kind, what it has to say."""
    namespace = event["metadata"].get("namespace") or ""
    about = (event.get("involvedObject") or {}).get("namespace") or ""
    fits = about == namespace if about else namespace in {"", "default"}
    if not fits:
        causes.invalid("involvedObject.namespace", about, "does not match event.namespace")
    if not event.get("eventTime"):  # of the old kind
        return
    reporter = event.get("reportingComponent") or ""
    if not reporter:
        causes.required("reportingComponent")
    causes.invalid_each("reportingComponent", reporter, label_key(reporter))
    for field in ("reportingInstance", "action", "reason"):
        text = event.get(field) or ""
        if not text:
            causes.required(field)
        if len(text) > _MOST:
            causes.invalid(field, text, f"can have at most {_MOST} characters")
    note = event.get("message") or ""
    if len(note) > _MOST_OF_NOTE:
        causes.invalid("message", note, f"can have at most {_MOST_OF_NOTE} characters")
