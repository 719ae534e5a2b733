"""Columns in which `kubectl get` prints the objects of a kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from simarena.apiserver.printing.ages import age, duration, read_time
from simarena.apiserver.printing.pods import pod_state
from simarena.mcp.tools.nodes import node_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simarena.cluster.manifests.fields import Fields
    from simarena.mcp.kubectl.kinds import ApiKind

_NONE: Final = "<none>"
_UNSET: Final = "<unset>"


def columns_of(kind: ApiKind) -> tuple[str, ...]:
    """Return the columns of a kind between NAME and AGE; other than built-in kinds have none."""
    return _TITLES.get(kind.key, ())


def printed(kind: ApiKind, manifest: Fields, now: datetime) -> dict[str, str]:
    """Return what kubectl prints of an object, by column, between its name and its age."""
    printer = _PRINTERS.get(kind.key)
    return {} if printer is None else dict(printer(manifest, now))


def _spec(manifest: Fields) -> Fields:
    return manifest.get("spec") or {}


def _status(manifest: Fields) -> Fields:
    return manifest.get("status") or {}


def _count(fields: Fields, name: str, default: int = 0) -> str:
    value = fields.get(name)
    return str(default if value is None else value)


def _pod(pod: Fields, _: datetime) -> Mapping[str, str]:
    state = pod_state(pod)
    return {
        "READY": f"{state.ready}/{state.containers}",
        "STATUS": state.status,
        "RESTARTS": str(state.restarts),
        "NODE": str(_spec(pod).get("nodeName") or _NONE),
    }


def _deployment(deployment: Fields, _: datetime) -> Mapping[str, str]:
    status = _status(deployment)
    return {
        "READY": f"{_count(status, 'readyReplicas')}/{_count(_spec(deployment), 'replicas', 1)}",
        "UP-TO-DATE": _count(status, "updatedReplicas"),
        "AVAILABLE": _count(status, "availableReplicas"),
    }


def _replicaset(replicaset: Fields, _: datetime) -> Mapping[str, str]:
    status = _status(replicaset)
    return {
        "DESIRED": _count(_spec(replicaset), "replicas", 1),
        "CURRENT": _count(status, "replicas"),
        "READY": _count(status, "readyReplicas"),
    }


def _statefulset(statefulset: Fields, _: datetime) -> Mapping[str, str]:
    ready = _count(_status(statefulset), "readyReplicas")
    return {"READY": f"{ready}/{_count(_spec(statefulset), 'replicas', 1)}"}


def _daemonset(daemonset: Fields, _: datetime) -> Mapping[str, str]:
    status = _status(daemonset)
    template = _spec(daemonset).get("template") or {}
    selector = (template.get("spec") or {}).get("nodeSelector") or {}
    return {
        "DESIRED": _count(status, "desiredNumberScheduled"),
        "CURRENT": _count(status, "currentNumberScheduled"),
        "READY": _count(status, "numberReady"),
        "UP-TO-DATE": _count(status, "updatedNumberScheduled"),
        "AVAILABLE": _count(status, "numberAvailable"),
        "NODE SELECTOR": _pairs(selector),
    }


def _job(job: Fields, now: datetime) -> Mapping[str, str]:
    spec, status = _spec(job), _status(job)
    wanted = spec.get("completions")
    of = _count(spec, "parallelism", 1) if wanted is None else str(wanted)
    some = "1 of " if wanted is None and of != "1" else ""
    began, ended = read_time(status.get("startTime")), read_time(status.get("completionTime"))
    took = None if began is None else int(((ended or now) - began).total_seconds())
    return {
        "STATUS": _job_status(job),
        "COMPLETIONS": f"{_count(status, 'succeeded')}/{some}{of}",
        "DURATION": "" if took is None else duration(max(0, took)),
    }


def _job_status(job: Fields) -> str:
    true = {
        each["type"] for each in _status(job).get("conditions") or () if each["status"] == "True"
    }
    if job["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for condition, word in (
        ("Complete", "Complete"),
        ("Failed", "Failed"),
        ("Suspended", "Suspended"),
        ("FailureTarget", "FailureTarget"),
        ("SuccessCriteriaMet", "SuccessCriteriaMet"),
    ):
        if condition in true:
            return word
    return "Running"


def _cronjob(cronjob: Fields, now: datetime) -> Mapping[str, str]:
    spec, status = _spec(cronjob), _status(cronjob)
    latest = status.get("lastScheduleTime")
    return {
        "SCHEDULE": str(spec.get("schedule") or ""),
        "TIMEZONE": str(spec.get("timeZone") or _NONE),
        "SUSPEND": str(bool(spec.get("suspend"))),
        "ACTIVE": str(len(status.get("active") or ())),
        "LAST SCHEDULE": age(latest, now) if latest else _NONE,
    }


def _node(node: Fields, _: datetime) -> Mapping[str, str]:
    labels = node["metadata"].get("labels") or {}
    prefix = "node-role.kubernetes.io/"
    roles = sorted(name.removeprefix(prefix) for name in labels if name.startswith(prefix))
    info = _status(node).get("nodeInfo") or {}
    return {
        "STATUS": node_status(node),
        "ROLES": ",".join(roles) or _NONE,
        "VERSION": str(info.get("kubeletVersion") or ""),
    }


def _namespace(namespace: Fields, _: datetime) -> Mapping[str, str]:
    return {"STATUS": str(_status(namespace).get("phase") or "Active")}


def _service(service: Fields, _: datetime) -> Mapping[str, str]:
    spec = _spec(service)
    kind = str(spec.get("type") or "ClusterIP")
    return {
        "TYPE": kind,
        "CLUSTER-IP": str(spec.get("clusterIP") or _NONE),
        "EXTERNAL-IP": _external(service, kind),
        "PORT(S)": ",".join(map(_port, spec.get("ports") or ())) or _NONE,
    }


def _external(service: Fields, kind: str) -> str:
    spec = _spec(service)
    addresses = [str(each) for each in spec.get("externalIPs") or ()]
    if kind == "ExternalName":
        return str(spec.get("externalName") or _NONE)
    if kind == "LoadBalancer":
        balancer = _status(service).get("loadBalancer") or {}
        addresses += [
            str(each.get("ip") or each.get("hostname") or "")
            for each in balancer.get("ingress") or ()
        ]
        return ",".join(addresses) or "<pending>"
    return ",".join(addresses) or _NONE


def _port(port: Fields) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port')}{node_port}/{port.get('protocol') or 'TCP'}"


def _autoscaler(autoscaler: Fields, _: datetime) -> Mapping[str, str]:
    spec, status = _spec(autoscaler), _status(autoscaler)
    target = spec.get("scaleTargetRef") or {}
    return {
        "REFERENCE": f"{target.get('kind')}/{target.get('name')}",
        "TARGETS": ", ".join(targets(autoscaler)) or _NONE,
        "MINPODS": _count(spec, "minReplicas", 1),
        "MAXPODS": _count(spec, "maxReplicas"),
        "REPLICAS": _count(status, "currentReplicas"),
    }


def targets(autoscaler: Fields) -> list[str]:
    """Return what an autoscaler measures and wants of each metric, as `cpu: 62%/70%`."""
    current = _status(autoscaler).get("currentMetrics") or ()
    told = []
    for metric in _spec(autoscaler).get("metrics") or ():
        part = metric["type"][:1].lower() + metric["type"][1:]
        wanted = metric.get(part) or {}
        name = _metric_name(wanted, metric["type"])
        seen: Fields = next(
            (
                (each.get(part) or {}).get("current") or {}
                for each in current
                if each.get("type") == metric["type"]
                and _metric_name(each.get(part) or {}, metric["type"]) == name
            ),
            {},
        )
        told.append(f"{name}: {_amount(seen)}/{_amount(wanted.get('target') or {})}")
    return told


def _metric_name(part: Fields, default: str) -> str:
    return str(part.get("name") or (part.get("metric") or {}).get("name") or default)


def _amount(value: Fields) -> str:
    if value.get("averageUtilization") is not None:
        return f"{value['averageUtilization']}%"
    if value.get("averageValue") is not None:
        return f"{value['averageValue']} (avg)"
    return str(value.get("value") or "<unknown>")


def _budget(budget: Fields, _: datetime) -> Mapping[str, str]:
    spec = _spec(budget)
    return {
        "MIN AVAILABLE": _count(spec, "minAvailable") if "minAvailable" in spec else "N/A",
        "MAX UNAVAILABLE": _count(spec, "maxUnavailable") if "maxUnavailable" in spec else "N/A",
        "ALLOWED DISRUPTIONS": _count(_status(budget), "disruptionsAllowed"),
    }


def _quota(quota: Fields, _: datetime) -> Mapping[str, str]:
    told: dict[str, list[str]] = {"REQUEST": [], "LIMIT": []}
    for name, used, hard in quota_rows(quota):
        column = "LIMIT" if name.startswith("limits.") else "REQUEST"
        told[column].append(f"{name}: {used}/{hard}")
    return {column: ", ".join(parts) for column, parts in told.items()}


def quota_rows(quota: Fields) -> list[tuple[str, str, str]]:
    """Return what a quota limits: its name, how much is used (`?` if unknown), how much may be."""
    status = _status(quota)
    hard = status.get("hard") or _spec(quota).get("hard") or {}
    used = status.get("used") or {}
    return [(str(name), str(used.get(name, "?")), str(hard[name])) for name in sorted(hard)]


def _configmap(configmap: Fields, _: datetime) -> Mapping[str, str]:
    parts = (configmap.get("data") or {}, configmap.get("binaryData") or {})
    return {"DATA": str(sum(map(len, parts)))}


def _priority_class(priority: Fields, _: datetime) -> Mapping[str, str]:
    return {
        "VALUE": _count(priority, "value"),
        "GLOBAL-DEFAULT": str(bool(priority.get("globalDefault"))).lower(),
    }


def _claim(claim: Fields, _: datetime) -> Mapping[str, str]:
    spec, status = _spec(claim), _status(claim)
    return {
        "STATUS": str(status.get("phase") or "Pending"),
        "VOLUME": str(spec.get("volumeName") or ""),
        "CAPACITY": str((status.get("capacity") or {}).get("storage") or ""),
        "STORAGECLASS": str(spec.get("storageClassName") or _UNSET),
    }


def _ingress(ingress: Fields, _: datetime) -> Mapping[str, str]:
    spec = _spec(ingress)
    hosts = [str(rule["host"]) for rule in spec.get("rules") or () if rule.get("host")]
    return {
        "CLASS": str(spec.get("ingressClassName") or _NONE),
        "HOSTS": ",".join(hosts) or "*",
    }


def _event(event: Fields, _: datetime) -> Mapping[str, str]:
    involved = event.get("involvedObject") or {}
    return {
        "TYPE": str(event.get("type") or ""),
        "REASON": str(event.get("reason") or ""),
        "OBJECT": f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}",
        "MESSAGE": " ".join(str(event.get("message") or "").split()),
    }


def _pairs(values: Fields) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(values.items())) or _NONE


_PRINTERS: Final[Mapping[str, Callable[[Fields, datetime], Mapping[str, str]]]] = {
    "ConfigMap": _configmap,
    "CronJob": _cronjob,
    "DaemonSet": _daemonset,
    "Deployment": _deployment,
    "Event": _event,
    "HorizontalPodAutoscaler": _autoscaler,
    "Ingress": _ingress,
    "Job": _job,
    "Namespace": _namespace,
    "Node": _node,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "PodDisruptionBudget": _budget,
    "PriorityClass": _priority_class,
    "ReplicaSet": _replicaset,
    "ResourceQuota": _quota,
    "Service": _service,
    "StatefulSet": _statefulset,
}

_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(printer({"metadata": {}}, datetime.min.replace(tzinfo=UTC)))
    for kind, printer in _PRINTERS.items()
}
