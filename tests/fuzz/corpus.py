"""Sound inputs of each door, from which fuzzing starts: between them they use all that is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from simarena.trace import Trace, TraceEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

Manifest = dict[str, Any]


def _resources() -> Manifest:
    return {
        "requests": {"cpu": "100m", "memory": "64Mi", "example.com/gpu": "1"},
        "limits": {"cpu": "1", "memory": "128Mi", "ephemeral-storage": "1Gi", "example.com/gpu": 1},
    }


def _probe(**more: Any) -> Manifest:
    return {
        "httpGet": {"path": "/", "port": 80},
        "initialDelaySeconds": 1,
        "periodSeconds": 5,
        "failureThreshold": 3,
        "successThreshold": 1,
        **more,
    }


def _selector(app: str) -> Manifest:
    return {
        "matchLabels": {"app": app},
        "matchExpressions": [{"key": "app", "operator": "In", "values": [app, "other"]}],
    }


def _affinity(app: str) -> Manifest:
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": _selector(app),
        "namespaces": ["default"],
        "namespaceSelector": {"matchLabels": {"team": "a"}},
        "matchLabelKeys": ["tier"],
        "mismatchLabelKeys": ["zone"],
    }
    node_term = {
        "matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a", "b"]},
            {"key": "size", "operator": "Gt", "values": ["3"]},
        ],
        "matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["node-9"]}],
    }
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    return {
        "nodeAffinity": {
            required: {"nodeSelectorTerms": [node_term]},
            preferred: [{"weight": 5, "preference": node_term}],
        },
        "podAffinity": {preferred: [{"weight": 7, "podAffinityTerm": term}]},
        "podAntiAffinity": {
            required: [{**term, "labelSelector": {"matchLabels": {"app": "enemy"}}}],
            preferred: [{"weight": 9, "podAffinityTerm": term}],
        },
    }


def pod_spec(app: str = "web", policy: str = "Always") -> Manifest:
    """Return a pod's spec with most of what the simulator reads."""
    return {
        "restartPolicy": policy,
        "terminationGracePeriodSeconds": 5,
        "priorityClassName": "high",
        "preemptionPolicy": "Never",
        "schedulerName": "default-scheduler",
        "nodeSelector": {"disk": "ssd"},
        "runtimeClassName": "boxed",
        "overhead": {"cpu": "10m", "memory": "1Mi"},
        "tolerations": [
            {"key": "dedicated", "operator": "Equal", "value": "x", "effect": "NoSchedule"},
            {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
        ],
        "affinity": _affinity(app),
        "topologySpreadConstraints": [
            {
                "topologyKey": "topology.kubernetes.io/zone",
                "maxSkew": 1,
                "minDomains": 1,
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": _selector(app),
                "matchLabelKeys": ["tier"],
                "nodeAffinityPolicy": "Honor",
                "nodeTaintsPolicy": "Ignore",
            }
        ],
        "initContainers": [
            {"name": "init", "image": "busybox", "resources": _resources()},
            {"name": "proxy", "image": "envoy:1", "restartPolicy": "Always", "ports": []},
        ],
        "containers": [
            {
                "name": "main",
                "image": "registry.example/web:1.2",
                "ports": [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}],
                "resources": _resources(),
                "readinessProbe": _probe(),
                "livenessProbe": _probe(),
                "startupProbe": _probe(failureThreshold=30),
                "env": [{"name": "A", "value": "b"}],
            },
            {"name": "side", "image": "side@sha256:1", "resources": {"limits": {"memory": "1Gi"}}},
        ],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }


def plain_pod_spec(policy: str = "Always") -> Manifest:
    """Return a short spec, of pods that run."""
    requests = {"cpu": "100m", "memory": "64Mi"}
    return {
        "restartPolicy": policy,
        "containers": [{"name": "main", "image": "web", "resources": {"requests": requests}}],
    }


def _template(spec: Manifest, app: str) -> Manifest:
    return {
        "metadata": {
            "labels": {"app": app, "tier": "front"},
            "annotations": {
                "kwok.x-k8s.io/usage-cpu": "0s=50m,30s=200m",
                "kwok.x-k8s.io/usage-memory": "0s=32Mi,60s=200Mi",
                "simarena.io/exit": "90s=1",
                "simarena.io/started": "2s",
                "simarena.io/ready": "3s",
                "simarena.io/unhealthy": "1m",
                "controller.kubernetes.io/pod-deletion-cost": "5",
            },
        },
        "spec": spec,
    }


def _object(
    version: str, kind: str, name: str, spec: Manifest | None = None, **more: Any
) -> Manifest:
    metadata = {"name": name, "namespace": "default", "labels": {"app": name}, "annotations": {}}
    given = {} if spec is None else {"spec": spec}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **given, **more}


def _selected(spec: Manifest, app: str, **more: Any) -> Manifest:
    return {
        "replicas": 2,
        "selector": {"matchLabels": {"app": app}},
        "template": _template(spec, app),
        "minReadySeconds": 1,
        **more,
    }


def deployment(name: str = "web", spec: Manifest | None = None, replicas: int = 2) -> Manifest:
    """Return a Deployment that rolls out."""
    rolling = {"maxSurge": "25%", "maxUnavailable": 1}
    spec = _selected(
        pod_spec(name) if spec is None else spec,
        name,
        replicas=replicas,
        revisionHistoryLimit=3,
        progressDeadlineSeconds=60,
        paused=False,
        strategy={"type": "RollingUpdate", "rollingUpdate": rolling},
    )
    return _object("apps/v1", "Deployment", name, spec)


def job_spec(spec: Manifest) -> Manifest:
    """Return an indexed Job's spec with both policies."""
    return {
        "completions": 3,
        "parallelism": 2,
        "completionMode": "Indexed",
        "backoffLimitPerIndex": 2,
        "maxFailedIndexes": 1,
        "activeDeadlineSeconds": 600,
        "ttlSecondsAfterFinished": 60,
        "suspend": False,
        "template": _template(spec, "job"),
        "podFailurePolicy": {
            "rules": [
                {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [3, 5]}},
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
            ]
        },
        "successPolicy": {"rules": [{"succeededIndexes": "0-1", "succeededCount": 1}]},
    }


def node(name: str = "node-1", **more: Any) -> Manifest:
    """Return a node with everything that the simulator reads of one."""
    amounts = {"cpu": "8", "memory": "16Gi", "pods": "110", "example.com/gpu": "4"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "topology.kubernetes.io/zone": "a",
                "topology.kubernetes.io/region": "r",
                "disk": "ssd",
                "size": "5",
                "type": "virtual",
            },
            "annotations": {"note": "x"},
        },
        "spec": {
            "taints": [{"key": "kwok-provider", "value": "true", "effect": "NoSchedule"}],
            "unschedulable": False,
            **more,
        },
        "status": {
            "capacity": {**amounts, "ephemeral-storage": "100Gi"},
            "allocatable": amounts,
            "images": [
                {"names": ["registry.example/web:1.2", "busybox:latest"], "sizeBytes": 10**8}
            ],
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
            "nodeInfo": {"kubeletVersion": "v1.36.0"},
        },
    }


def plain_node(name: str) -> Manifest:
    """Return a node that takes any pod."""
    manifest = node(name)
    del manifest["spec"]["taints"]
    return manifest


def manifests() -> Sequence[Manifest]:
    """Return an object of every kind that is read, and some that are only kept."""
    tolerated = {**pod_spec("virtual"), "tolerations": [{"operator": "Exists"}]}
    autoscaler = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 1,
        "maxReplicas": 4,
        "metrics": [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 60},
                },
            },
            {
                "type": "Resource",
                "resource": {
                    "name": "memory",
                    "target": {"type": "AverageValue", "averageValue": "1Gi"},
                },
            },
        ],
        "behavior": {
            "scaleUp": {
                "stabilizationWindowSeconds": 30,
                "selectPolicy": "Max",
                "tolerance": "50m",
                "policies": [{"type": "Pods", "value": 4, "periodSeconds": 60}],
            },
            "scaleDown": {"policies": [{"type": "Percent", "value": 50, "periodSeconds": 15}]},
        },
    }
    rolling = {"rollingUpdate": {"maxUnavailable": 1, "partition": 0}, "type": "RollingUpdate"}
    daemon = {"rollingUpdate": {"maxUnavailable": "10%", "maxSurge": 0}, "type": "RollingUpdate"}
    agent = _selected(pod_spec("agent"), "agent", revisionHistoryLimit=3, updateStrategy=daemon)
    del agent["replicas"]
    controller = _selected(plain_pod_spec(), "rc")
    controller["selector"] = {"app": "rc"}
    cronjob = {
        "schedule": "*/5 * * * *",
        "timeZone": "Europe/Berlin",
        "concurrencyPolicy": "Forbid",
        "suspend": False,
        "startingDeadlineSeconds": 200,
        "successfulJobsHistoryLimit": 2,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {
            "metadata": {"labels": {"a": "b"}},
            "spec": job_spec(plain_pod_spec("Never")),
        },
    }
    owned = _object("v1", "Pod", "owned", plain_pod_spec())
    owned["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": "set",
            "uid": "1",
            "controller": True,
        }
    ]
    gated = _object("v1", "Pod", "gated", {**plain_pod_spec(), "schedulingGates": [{"name": "g"}]})
    generated = _object("v1", "Pod", "", plain_pod_spec())
    generated["metadata"] = {"generateName": "made-", "namespace": "default"}
    return (
        deployment(),
        deployment("plain", plain_pod_spec()),
        deployment("virtual", tolerated),
        _object("apps/v1", "ReplicaSet", "set", _selected(plain_pod_spec(), "set")),
        _object("v1", "ReplicationController", "rc", controller),
        _object(
            "apps/v1",
            "StatefulSet",
            "db",
            _selected(
                plain_pod_spec(),
                "db",
                revisionHistoryLimit=3,
                updateStrategy=rolling,
                serviceName="db",
                podManagementPolicy="Parallel",
                ordinals={"start": 1},
            ),
        ),
        _object(
            "apps/v1",
            "DaemonSet",
            "agent",
            agent,
        ),
        _object("batch/v1", "Job", "job", job_spec(pod_spec("job", "Never"))),
        _object(
            "batch/v1", "Job", "simple", {"template": _template(plain_pod_spec("OnFailure"), "j")}
        ),
        _object("batch/v1", "CronJob", "cron", cronjob),
        _object("autoscaling/v2", "HorizontalPodAutoscaler", "web", autoscaler),
        _object(
            "autoscaling/v1",
            "HorizontalPodAutoscaler",
            "old",
            {
                "scaleTargetRef": {"kind": "Deployment", "name": "plain"},
                "maxReplicas": 3,
                "targetCPUUtilizationPercentage": 50,
            },
        ),
        _object("v1", "Pod", "bare", pod_spec("bare")),
        _object("v1", "Pod", "bound", {**plain_pod_spec(), "nodeName": "node-1"}),
        owned,
        gated,
        generated,
        node("node-7"),
        _object("v1", "Service", "web", {"selector": {"app": "web"}, "ports": [{"port": 80}]}),
        _object("v1", "Namespace", "team"),
        _object(
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "high",
            value=1000,
            globalDefault=False,
            preemptionPolicy="Never",
        ),
        _object(
            "node.k8s.io/v1",
            "RuntimeClass",
            "boxed",
            handler="box",
            overhead={"podFixed": {"cpu": "10m", "memory": "1Mi"}},
        ),
        _object(
            "policy/v1",
            "PodDisruptionBudget",
            "web",
            {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": "50%"},
        ),
        _object("v1", "ConfigMap", "settings", data={"a": "b"}),
        _object("v1", "ResourceQuota", "quota", {"hard": {"pods": "10"}}),
    )


def surroundings() -> Sequence[Manifest]:
    """Return what the objects above need to be accepted."""
    kinds = {"PriorityClass", "RuntimeClass", "Namespace", "Service"}
    return tuple(m for m in manifests() if m["kind"] in kinds)


def trace() -> Trace:
    """Return a trace with an object of most kinds, and one of a kind of its own."""
    custom = {
        "apiVersion": "example.com/v1",
        "kind": "Train",
        "metadata": {"name": "train", "namespace": "default"},
        "spec": {"workers": [{"replicas": 2, "template": _template(plain_pod_spec(), "train")}]},
    }
    kinds = {"PriorityClass", "Service", "PodDisruptionBudget", "Namespace"}
    first = [m for m in manifests() if m["kind"] in kinds]
    skipped = {*kinds, "Node"}
    rest = [m for m in manifests() if m["kind"] not in skipped and m["metadata"].get("name")]
    paths = {
        "apps/v1.Deployment": ["/spec/template"],
        "v1.Pod": [""],
        "example.com/v1.Train": ["/spec/workers/*/template"],
    }
    return Trace(
        events=[
            TraceEvent(0, [*first, deployment("plain", plain_pod_spec(), replicas=1)], []),
            TraceEvent(5, [*rest, custom], []),
            TraceEvent(30, [deployment("plain", plain_pod_spec(), replicas=3)], [rest[0]]),
        ],
        config={
            "trackedObjects": {
                kind: {"podSpecTemplatePaths": found, "trackLifecycle": True}
                for kind, found in paths.items()
            }
        },
        index={"apps/v1.Deployment": {"default/plain": 7}},
        pod_lifecycles={
            ("v1.Pod", "default/bare"): {1: [{"Running": 5}, "Empty"]},
            ("apps/v1.Deployment", "default/plain"): {7: [{"Finished": [1, 20]}]},
        },
    )


SCENARIOS = """\
scenarios:
  - name: rush
    family: replicas
    severity: 2
    trace: recorded.sktrace
    nodes: 3x16cpu,32Gi
    deploy: plain
    namespace: default
    target: 3
    goal: {max_waste: 2.5, max_failures: 0}
    max_steps: 10
    duration_s: 60
    seed: 3
    split: test
    cluster: {kubelet: real, pod_startup_ms: 500, ties: first}
    optimal_steps: 2
  - name: files
    trace: recorded.sktrace
    nodes: [nodes.yaml, "2x4cpu,8Gi,20pods"]
    deploy: plain
    target: 1
  - {name: number, trace: recorded.sktrace, nodes: 2, deploy: plain, target: 2}
"""

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: test
preferences: {}
clusters:
- name: test
  cluster: {server: "https://127.0.0.1:1", certificate-authority-data: "YWJj"}
contexts:
- name: test
  context: {cluster: test, user: me, namespace: team}
users:
- name: me
  user: {token: abc}
"""


def listed_nodes() -> str:
    """Return a file of Nodes."""
    return yaml.safe_dump_all([node("node-1"), plain_node("node-2")])
