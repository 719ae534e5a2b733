"""Who sends a request, what they may do, and the reviews by which clients ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simarena.apiserver.api import Api
    from simarena.apiserver.resources.resource import Resource
    from simarena.cluster.manifests.fields import Manifest

_GROUPS: Final = frozenset({"authentication.k8s.io", "authorization.k8s.io"})
_MASTERS: Final = "system:masters"
_AUTHENTICATED: Final = "system:authenticated"
_ANONYMOUS: Final = "system:anonymous"

_RESOURCES: Final = (
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {
        "verbs": ["create"],
        "apiGroups": ["authentication.k8s.io"],
        "resources": ["selfsubjectreviews"],
    },
)
"""What everybody who is known may do (ClusterRole `system:basic-user`)."""

_HEALTH: Final = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY: Final = [
    *("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*"),
    *("/readyz", "/version", "/version/"),
]
_ISSUER: Final = ["/.well-known", "/.well-known/*"]

_PATHS: Final = (
    {"verbs": ["get"], "nonResourceURLs": _HEALTH},
    {"verbs": ["get"], "nonResourceURLs": _DISCOVERY},
)
"""What they may read beside (`system:public-info-viewer`, `system:discovery`)."""

_ALL_RESOURCES: Final = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
_ALL_PATHS: Final = {"verbs": ["*"], "nonResourceURLs": ["*"]}
_ISSUER_PATHS: Final = {"verbs": ["get"], "nonResourceURLs": _ISSUER}


class Caller(NamedTuple):
    """Who sends a request."""

    name: str
    groups: tuple[str, ...] = ()

    @classmethod
    def acting(cls, name: str, groups: Sequence[str]) -> Caller:
        """Return somebody in whose name a request is made."""
        known = () if name == _ANONYMOUS or _AUTHENTICATED in groups else (_AUTHENTICATED,)
        return cls(name, (*groups, *known))

    @property
    def may_everything(self) -> bool:
        """Return whether nothing is refused."""
        return _MASTERS in self.groups

    def may(self, verb: str, group: str, resource: str) -> bool:
        """Return whether they may do something with the objects of a resource."""
        return self.may_everything or (
            _AUTHENTICATED in self.groups
            and any(
                verb in rule["verbs"]
                and group in rule["apiGroups"]
                and resource in rule["resources"]
                for rule in _RESOURCES
            )
        )

    def may_read(self, verb: str, path: str) -> bool:
        """Return whether they may do something with a path that is no resource's."""
        if self.may_everything:
            return True
        allowed = _DISCOVERY if _AUTHENTICATED in self.groups else _HEALTH
        return verb == "get" and any(
            path.startswith(each[:-1]) if each.endswith("*") else path == each for each in allowed
        )


CLIENT: Final = Caller("admin", (_MASTERS, _AUTHENTICATED))
"""The one that has the token."""


def is_review(resource: Resource) -> bool:
    """Return whether a resource is a question that is put by creating an object."""
    return resource.group in _GROUPS


def review(api: Api, resource: Resource, body: Mapping[str, Any], caller: Caller) -> Manifest:
    """Return a review with its answer."""
    result: Manifest = {**body, "kind": resource.kind, "apiVersion": resource.api_version}
    result["metadata"] = dict(body.get("metadata") or {})
    spec = body.get("spec") or {}
    if resource.kind == "SelfSubjectRulesReview":
        result |= {"metadata": {}, "spec": {}, "status": _rules(caller)}
    elif resource.kind == "SelfSubjectAccessReview":
        result["status"] = {"allowed": _is_allowed(caller, spec)}
    elif resource.group == "authorization.k8s.io":
        asked = Caller(str(spec.get("user") or ""), tuple(spec.get("groups") or ()))
        result["status"] = {"allowed": _is_allowed(asked, spec)}
    elif resource.kind == "SelfSubjectReview":
        result["metadata"] = {"creationTimestamp": api.now}
        user = {"username": caller.name, "groups": list(caller.groups)}
        result["status"] = {"userInfo": user}
    else:
        result["status"] = {"user": {}}
    return result


def _is_allowed(caller: Caller, spec: Mapping[str, Any]) -> bool:
    asked = spec.get("resourceAttributes")
    if asked is None:
        path = spec.get("nonResourceAttributes") or {}
        return caller.may_read(path.get("verb") or "", path.get("path") or "")
    resource, part = asked.get("resource") or "", asked.get("subresource")
    whole = f"{resource}/{part}" if part else resource
    return caller.may(asked.get("verb") or "", asked.get("group") or "", whole)


def _rules(caller: Caller) -> Manifest:
    resources: list[Any] = []
    paths: list[Any] = []
    if _AUTHENTICATED in caller.groups:
        resources += _RESOURCES
        paths += _PATHS
    if caller.may_everything:
        resources.append(_ALL_RESOURCES)
        paths.append(_ALL_PATHS)
    if _AUTHENTICATED in caller.groups:
        paths.append(_ISSUER_PATHS)
    return {"resourceRules": resources, "nonResourceRules": paths, "incomplete": False}
