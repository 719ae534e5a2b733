"""Whether a cluster is ready for simulations: checks, each with the command that mends it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.replay.driver import NODE_SELECTOR
from simarena.errors import NotFoundError, SimArenaError
from simarena.files.storage import is_remote
from simarena.simkube.evidence import is_tainted, lease_holder, node_fault
from simarena.simkube.ghosts import find_ghosts
from simarena.simkube.settings import VERSION
from simarena.simkube.simulation import ENDED, SIMULATIONS, has_expired, state_of
from simarena.simkube.traces import check_writable, driver_uri, written_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simarena.client.api import KubeApi, Manifest
    from simarena.simkube.settings import SimKubeSettings

_OLDEST: Final = (1, 30)
"""Kubernetes that SimKube 2.7 asks for."""
_SIMKUBE_URL: Final = f"https://github.com/acrlabs/simkube/k8s/kustomize/sim?ref=v{VERSION}"
_METRICS_NAMESPACE: Final = "monitoring"
"""sk-ctrl refuses every simulation where this namespace is missing, whether it measures or not."""


class Check(NamedTuple):
    """What was looked at, and how it is."""

    name: str
    passed: bool
    says: str
    mend: str = ""
    """The command that mends it; empty where it is well."""


class Right(NamedTuple):
    """What SimArena has to be allowed to do."""

    verbs: tuple[str, ...]
    group: str
    resource: str
    namespace: str = ""
    """"driver" or "controller": only there; empty: everywhere."""


RIGHTS: Final = (
    Right(("get", "list", "watch", "create", "delete"), "simkube.io", "simulations"),
    Right(("list", "watch"), "simkube.io", "simulationroots"),
    Right(("list", "watch"), "batch", "jobs", "driver"),
    Right(("list", "watch"), "apps", "deployments"),
    Right(("list", "watch"), "apps", "replicasets"),
    Right(("list", "watch"), "", "pods"),
    Right(("get",), "", "pods/log", "driver"),
    Right(("get", "list", "watch"), "", "namespaces"),
    Right(("list",), "", "nodes"),
    Right(("list",), "", "events"),
    Right(("get", "list"), "coordination.k8s.io", "leases", "controller"),
    Right(("list",), "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    Right(("get",), "cert-manager.io", "clusterissuers"),
)
"""What a run and these checks need, and no more; `deploy/simkube/rbac.yaml` grants just this."""

CLEANING: Final = (
    Right(("delete", "patch", "list", "watch"), "simkube.io", "simulations"),
    Right(("delete", "patch", "list", "watch"), "simkube.io", "simulationroots"),
    Right(("delete", "patch", "list", "watch"), "batch", "jobs", "driver"),
    Right(("delete", "patch", "list", "watch"), "", "namespaces"),
    Right(("delete", "patch", "list", "watch"), "", "pods"),
    Right(("delete", "patch", "list", "watch"), "coordination.k8s.io", "leases", "controller"),
    Right(
        ("delete", "patch", "list", "watch"),
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
    ),
)
"""What `simarena clean` needs."""


def preflight(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    """Yield the checks of a cluster, each as soon as it is made; after an API that fails no more.

    Nothing is changed but a small object that is written beside the traces, and deleted again.
    """
    first = _reached(api)
    yield first
    if not first.passed:
        return
    for name, look in _LOOKS.items():
        try:
            yield from look(api, settings)
        except SimArenaError as error:
            yield Check(name, passed=False, says=str(error), mend="simarena preflight")


def _reached(api: KubeApi) -> Check:
    try:
        told = api.one(api.path, "GET", "/version")
    except SimArenaError as error:
        return Check("API", passed=False, says=str(error), mend="kubectl cluster-info")
    version = str(told.get("gitVersion") or "of no version")
    numbers = version.removeprefix("v").split(".")[:2]
    recent = all(each.isdecimal() for each in numbers) and tuple(map(int, numbers)) >= _OLDEST
    says = f"Kubernetes {version} at {api.host}"
    oldest = ".".join(map(str, _OLDEST))
    return Check("API", recent, says, "" if recent else f"install Kubernetes {oldest} or later")


def _definitions(api: KubeApi, _: SimKubeSettings) -> Iterator[Check]:
    mend = f"kubectl apply -k '{_SIMKUBE_URL}'"
    try:
        served = api.one(api.path, "GET", "/apis/simkube.io/v1").get("resources") or ()
    except SimArenaError as error:
        yield Check("definitions", passed=False, says=f"simkube.io/v1: {error}", mend=mend)
        return
    missing = {"simulations", "simulationroots"} - {each["name"] for each in served}
    says = f"{', '.join(sorted(missing))} missing" if missing else "simkube.io/v1"
    yield Check("definitions", not missing, says, mend if missing else "")


def _controller(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    namespace = settings.controller_namespace
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    found = _labelled(api, path, "app.kubernetes.io/name=sk-ctrl")
    if not found:
        says = f"no Deployment of sk-ctrl in namespace {namespace}"
        yield Check("sk-ctrl", passed=False, says=says, mend=f"kubectl apply -k '{_SIMKUBE_URL}'")
        return
    yield _available("sk-ctrl", found[0])
    image = str(found[0]["spec"]["template"]["spec"]["containers"][0].get("image"))
    name = found[0]["metadata"]["name"]
    right = image.rpartition(":")[2] == f"v{VERSION}"
    wanted = f"{image.rpartition(':')[0]}:v{VERSION}"
    container = found[0]["spec"]["template"]["spec"]["containers"][0]["name"]
    mend = f"kubectl -n {namespace} set image deployment/{name} {container}={wanted}"
    yield Check("sk-ctrl's version", right, image, "" if right else mend)


def _kwok(api: KubeApi, _: SimKubeSettings) -> Iterator[Check]:
    found = _labelled(api, "/apis/apps/v1/deployments", "app=kwok-controller")
    if not found:
        says = "no Deployment of KWOK's controller"
        yield Check("KWOK", passed=False, says=says, mend="kubectl apply -k deploy/simkube/kwok")
        return
    yield _available("KWOK", found[0])


def _labelled(api: KubeApi, path: str, label: str) -> list[Manifest]:
    return api.all(api.path, "GET", path, label_selector=label)


def _available(name: str, deployment: Manifest) -> Check:
    metadata = deployment["metadata"]
    where = f"{metadata['namespace']}/{metadata['name']}"
    number = int((deployment.get("status") or {}).get("availableReplicas") or 0)
    mend = f"kubectl -n {metadata['namespace']} describe deployment/{metadata['name']}"
    return Check(name, number > 0, f"{where}: {number} available", "" if number else mend)


def _issuer(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    name = settings.cert_manager_issuer
    mend = "kubectl apply -k deploy/simkube/cert-manager"
    try:
        api.one(api.path, "GET", f"/apis/cert-manager.io/v1/clusterissuers/{name}")
    except SimArenaError as error:
        yield Check("cert-manager", passed=False, says=f"ClusterIssuer {name}: {error}", mend=mend)
        return
    yield Check("cert-manager", passed=True, says=f"ClusterIssuer {name}")


def _namespaces(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    for name in dict.fromkeys((settings.driver_namespace, _METRICS_NAMESPACE)):
        try:
            api.one(api.path, "GET", f"/api/v1/namespaces/{name}")
        except NotFoundError as error:
            mend = f"kubectl create namespace {name}"
            yield Check("namespace", passed=False, says=str(error), mend=mend)
        else:
            yield Check("namespace", passed=True, says=name)


def _nodes(api: KubeApi, _: SimKubeSettings) -> Iterator[Check]:
    selector = ",".join(f"{key}={value}" for key, value in NODE_SELECTOR.items())
    nodes = api.all(api.path, "GET", "/api/v1/nodes", label_selector=selector)
    if not nodes:
        mend = "kubectl apply -f deploy/simkube/nodes.yaml"
        yield Check("nodes", passed=False, says=f"none has the label {selector}", mend=mend)
    faulty = False
    for each in nodes:
        name = each["metadata"]["name"]
        fault = node_fault(each) or ("" if is_tainted(each) else "lacks the taint kwok-provider")
        if fault:
            faulty = True
            yield Check("nodes", passed=False, says=f"{name} {fault}", mend=_node_mend(name, fault))
    if nodes and not faulty:
        yield Check("nodes", passed=True, says=f"{len(nodes)} Ready, labelled and tainted")


def _node_mend(name: str, fault: str) -> str:
    if "cordoned" in fault:
        return f"kubectl uncordon {name}"
    if "lacks the taint" in fault:
        return f"kubectl taint node {name} kwok-provider=true:NoSchedule"
    return f"kubectl describe node {name}"


def _rights(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    missing = []
    for right in RIGHTS:
        resource, _, subresource = right.resource.partition("/")
        attributes = {"group": right.group, "resource": resource}
        if subresource:
            attributes["subresource"] = subresource
        if right.namespace:
            attributes["namespace"] = namespace_of(right, settings)
        for verb in right.verbs:
            body = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {**attributes, "verb": verb}},
            }
            path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            answer = api.one(api.path, "POST", path, body=body)
            if not (answer.get("status") or {}).get("allowed"):
                group = f".{right.group}" if right.group else ""
                missing.append(f"{verb} {right.resource}{group}")
    says = f"not allowed: {', '.join(missing)}" if missing else "all that a run needs"
    mend = "kubectl apply -f deploy/simkube/rbac.yaml" if missing else ""
    yield Check("permissions", not missing, says, mend)


def namespace_of(right: Right, settings: SimKubeSettings) -> str:
    """Return in which namespace a right is needed; empty: in all."""
    places = {"driver": settings.driver_namespace, "controller": settings.controller_namespace}
    return places.get(right.namespace, "")


def _ghosts(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    ghosts = find_ghosts(api, settings)
    for each in ghosts:
        yield Check("ghosts", passed=False, says=str(each), mend="simarena clean")
    if not ghosts:
        yield Check("ghosts", passed=True, says="none")


def _free(api: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    found = api.all(api.path, "GET", SIMULATIONS)
    running = [each for each in found if state_of(each) not in ENDED and not has_expired(each)]
    for each in running:
        name = each["metadata"]["name"]
        says = f"{name} is {state_of(each) or 'new'}; {lease_holder(api, settings)}"
        mend = f"kubectl wait --for=jsonpath='{{.status.state}}'=Finished simulation/{name}"
        yield Check("free", passed=False, says=says, mend=mend)
    if not running:
        yield Check("free", passed=True, says="no simulation runs")


def _traces(_: KubeApi, settings: SimKubeSettings) -> Iterator[Check]:
    probe = f"preflight-{secrets.token_hex(4)}"
    where = written_to(settings, probe).rpartition("/")[0]
    try:
        check_writable(settings, probe)
    except SimArenaError as error:
        mend = "check the credentials in the environment" if is_remote(where) else f"mkdir {where}"
        yield Check("traces", passed=False, says=str(error), mend=mend)
        return
    uri = driver_uri(settings, probe).rpartition("/")[0]
    yield Check("traces", passed=True, says=f"{where} can be written; the driver reads {uri}")


_LOOKS: Final[dict[str, Callable[[KubeApi, SimKubeSettings], Iterator[Check]]]] = {
    "definitions": _definitions,
    "sk-ctrl": _controller,
    "KWOK": _kwok,
    "cert-manager": _issuer,
    "namespace": _namespaces,
    "nodes": _nodes,
    "permissions": _rights,
    "ghosts": _ghosts,
    "free": _free,
    "traces": _traces,
}
