"""Rules for CustomResourceDefinitions (apiextensions-apiserver, apis/apiextensions/validation)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from simarena.apiserver.custom.schema_rules import check_schema
from simarena.cluster.manifests.validation.causes import Causes
from simarena.cluster.manifests.validation.names import dns_subdomain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Fields = Mapping[str, Any]

_LABEL: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LABEL_LENGTH: Final = 63
_LABEL_FORM: Final = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_MIXED: Final = "may have mixed case, but should otherwise match: "
_SCOPES: Final = ("Cluster", "Namespaced")
_COLUMN_TYPES: Final = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS: Final = (
    *("byte", "date", "date-time", "double", "float", "int32", "int64", "password"),
)
_WITH_DEFAULTS: Final = "must be false in order to use defaults in the schema"
_NO_PRESERVING: Final = (
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
    "spec.versions[*].schema instead"
)


def definition_causes(manifest: Fields) -> Causes:
    """Return what is wrong with a definition that is to be created."""
    causes = Causes()
    spec = manifest.get("spec") or {}
    names = spec.get("names") or {}
    name = str(manifest["metadata"].get("name") or "")
    causes.invalid_each("metadata.name", name, dns_subdomain(name))
    if name != f"{names.get('plural') or ''}.{spec.get('group') or ''}":
        causes.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    _check_group(spec, causes)
    _check_scope(spec, causes)
    versions = spec.get("versions") or ()
    for index, version in enumerate(versions):
        if not _schema(version):
            causes.required(f"spec.versions[{index}].schema.openAPIV3Schema")
    preserves = bool(spec.get("preserveUnknownFields"))
    if preserves and any(_has_default(_schema(each)) for each in versions):
        causes.invalid("spec.preserveUnknownFields", value=True, detail=_WITH_DEFAULTS)
    _check_versions(versions, causes)
    _check_names(names, causes)
    if versions and _are_alike(versions):
        _check_parts(versions[0], "spec", "spec.validation", causes)
    if not any(each.get("storage") for each in versions):
        causes.invalid("status.storedVersions", [], "must have at least one stored version")
    if preserves:
        causes.invalid("spec.preserveUnknownFields", value=True, detail=_NO_PRESERVING)
    return causes


def _check_group(spec: Fields, causes: Causes) -> None:
    group = spec.get("group") or ""
    if not group:
        causes.required("spec.group")
    elif faults := dns_subdomain(group):
        causes.invalid("spec.group", group, ",".join(faults))
    elif "." not in group:
        causes.invalid("spec.group", group, "should be a domain with at least one dot")


def _check_scope(spec: Fields, causes: Causes) -> None:
    scope = spec.get("scope") or ""
    if not scope:
        causes.required("spec.scope")
    elif scope not in _SCOPES:
        causes.unsupported("spec.scope", scope, _SCOPES)


def _check_versions(versions: Sequence[Fields], causes: Causes) -> None:
    alike = _are_alike(versions)
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        name = version.get("name") or ""
        if faults := _label_faults(name):
            causes.invalid(f"{at}.name", name, faults)
        if not alike:
            _check_parts(version, at, f"{at}.schema", causes)
    names = [each.get("name") for each in versions]
    if len(set(names)) != len(names):
        causes.invalid("spec.versions", _shown(versions), "must contain unique version names")
    if sum(bool(each.get("storage")) for each in versions) != 1:
        why = "must have exactly one version marked as storage version"
        causes.invalid("spec.versions", _shown(versions), why)


def _check_parts(version: Fields, at: str, schema_at: str, causes: Causes) -> None:
    """Check what a version says of its objects; of all versions alike it is said once."""
    schema = _schema(version)
    if schema:
        check_schema(schema, f"{schema_at}.openAPIV3Schema", causes)
    _check_scale(version, f"{at}.subresources", causes)
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        _check_column(column, f"{at}.additionalPrinterColumns[{index}]", causes)


def _check_scale(version: Fields, at: str, causes: Causes) -> None:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return
    for name, place in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        path = scale.get(name) or ""
        where = f"{at}.scale.{name}"
        if not path:
            causes.required(where)
        elif _is_simple(path, where, causes) and not path.startswith(place):
            causes.invalid(where, path, f"should be a json path under {place[:-1]}")
    path = scale.get("labelSelectorPath") or ""
    where = f"{at}.scale.labelSelectorPath"
    if path and _is_simple(path, where, causes) and not path.startswith((".spec.", ".status.")):
        causes.invalid(where, path, "should be a json path under either .spec or .status")


def _check_column(column: Fields, at: str, causes: Causes) -> None:
    if not column.get("name"):
        causes.required(f"{at}.name")
    kind, form = column.get("type") or "", column.get("format") or ""
    known = f"must be one of {','.join(_COLUMN_TYPES)}"
    if not kind:
        causes.required(f"{at}.type", known)
    elif kind not in _COLUMN_TYPES:
        causes.invalid(f"{at}.type", kind, known)
    if form and form not in _COLUMN_FORMATS:
        causes.invalid(f"{at}.format", form, f"must be one of {','.join(_COLUMN_FORMATS)}")
    path = column.get("jsonPath") or ""
    if not path:
        causes.required(f"{at}.JSONPath")
    else:
        _is_simple(path, f"{at}.JSONPath", causes)


def _is_simple(path: str, at: str, causes: Causes) -> bool:
    if not path.startswith("."):
        causes.invalid(at, path, "must be a simple json path starting with .")
    return path.startswith(".")


def _check_names(names: Fields, causes: Causes) -> None:
    at = "spec.names"
    for field in ("plural", "singular", "kind", "listKind"):
        if not names.get(field):
            causes.required(f"{at}.{field}")
    for field in ("plural", "singular"):
        if names.get(field) and (faults := _label_faults(names[field])):
            causes.invalid(f"{at}.{field}", names[field], faults)
    for field in ("kind", "listKind"):
        if names.get(field) and (faults := _label_faults(names[field].lower())):
            causes.invalid(f"{at}.{field}", names[field], _MIXED + faults)
    _check_words(names, "shortNames", causes)
    if names.get("kind") and names["kind"] == names.get("listKind"):
        why = "kind and listKind may not be the same"
        causes.invalid(f"{at}.listKind", names["listKind"], why)
    _check_words(names, "categories", causes)


def _check_words(names: Fields, field: str, causes: Causes) -> None:
    for index, word in enumerate(names.get(field) or ()):
        if faults := _label_faults(word):
            causes.invalid(f"spec.names.{field}[{index}]", word, faults)


def _label_faults(text: str) -> str:
    faults = []
    if len(text) > _LABEL_LENGTH:
        faults.append(f"must be no more than {_LABEL_LENGTH} characters")
    if not _LABEL.fullmatch(text):
        faults.append(_LABEL_FORM)
    return ",".join(faults)


def _schema(version: Fields) -> Fields:
    return (version.get("schema") or {}).get("openAPIV3Schema") or {}


def _are_alike(versions: Sequence[Fields]) -> bool:
    """Return whether all versions say the same of their objects; the API keeps it once then."""
    parts = ("schema", "subresources", "additionalPrinterColumns")
    return all(each.get(part) == versions[0].get(part) for each in versions for part in parts)


def _has_default(schema: object) -> bool:
    if isinstance(schema, list):
        return any(_has_default(each) for each in schema)
    if not isinstance(schema, dict):
        return False
    within = (value for key, value in schema.items() if key not in {"default", "enum", "example"})
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return ("default" in schema) or any(map(_has_default, properties.values()))
    return "default" in schema or any(map(_has_default, within))


def _shown(versions: Sequence[Fields]) -> list[dict[str, Any]]:
    """Return versions as the API's own types print them."""
    return [
        {
            "Name": each.get("name") or "",
            "Served": bool(each.get("served")),
            "Storage": bool(each.get("storage")),
            "Deprecated": bool(each.get("deprecated")),
            "DeprecationWarning": each.get("deprecationWarning"),
            "Schema": None,
            "Subresources": None,
            "AdditionalPrinterColumns": None,
            "SelectableFields": None,
        }
        for each in versions
    ]
