"""What the table of fields says becomes of a field is what becomes of it."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.cluster._objects import deployment, digest, node, pod, world_of

import simarena.cluster
from simarena.cluster import Cluster
from simarena.cluster.manifests.schema.effects import effects
from simarena.errors import ApiRefusalError, ManifestError

Manifest = dict[str, Any]
Path_ = tuple[str | int, ...]

SOURCES = Path(simarena.cluster.__file__).parent
OUTSIDE = ("schema", "defaults", "validation")
"""Folders of manifests/ in which fields are known, filled in and checked, but decide nothing."""

_MAIN: Path_ = ("spec", "containers", 0)
_PROBE: Path_ = (*_MAIN, "livenessProbe")
_VOLUME: Path_ = ("spec", "volumes", 0)


def job() -> Manifest:
    template = {"metadata": {"labels": {"sum": "a"}}, "spec": pod("solo", "1")["spec"]}
    template["spec"]["restartPolicy"] = "Never"
    spec = {"selector": {"matchLabels": {"sum": "a"}}, "template": template}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"}, "spec": spec}


def autoscaler() -> Manifest:
    external = {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "5"}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 3,
            "metrics": [{"type": "External", "external": external}],
        },
    }


def statefulset() -> Manifest:
    return deployment("db", 2, "100m", kind="StatefulSet", serviceName="db")


OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "config", "uid": "u-1"}
PLACES: dict[str, tuple[Manifest, Path_, dict[Path_, Any]]] = {
    "meta.v1.ObjectMeta": (pod(), ("metadata",), {}),
    "meta.v1.OwnerReference": (
        pod(),
        ("metadata", "ownerReferences", 0),
        {("metadata", "ownerReferences"): [OWNER]},
    ),
    "core.v1.PodSpec": (pod(), ("spec",), {}),
    "core.v1.Container": (pod(), _MAIN, {}),
    "core.v1.Probe": (pod(), _PROBE, {_PROBE: {"tcpSocket": {"port": 80}}}),
    "core.v1.ContainerPort": (
        pod(),
        (*_MAIN, "ports", 0),
        {(*_MAIN, "ports"): [{"containerPort": 80}]},
    ),
    "core.v1.ResourceRequirements": (
        pod(),
        (*_MAIN, "resources"),
        {("spec", "resourceClaims"): [{"name": "gpu", "resourceClaimName": "gpu"}]},
    ),
    "core.v1.Volume": (pod(), _VOLUME, {("spec", "volumes"): [{"name": "data"}]}),
    "core.v1.EmptyDirVolumeSource": (
        pod(),
        (*_VOLUME, "emptyDir"),
        {("spec", "volumes"): [{"name": "data", "emptyDir": {}}]},
    ),
    "core.v1.HostPathVolumeSource": (
        pod(),
        (*_VOLUME, "hostPath"),
        {("spec", "volumes"): [{"name": "data", "hostPath": {"path": "/data"}}]},
    ),
    "core.v1.NodeSpec": (node("n9"), ("spec",), {}),
    "apps.v1.StatefulSetSpec": (statefulset(), ("spec",), {}),
    "apps.v1.RollingUpdateStatefulSetStrategy": (
        statefulset(),
        ("spec", "updateStrategy", "rollingUpdate"),
        {("spec", "updateStrategy", "rollingUpdate"): {"partition": 1}},
    ),
    "apps.v1.DaemonSetSpec": (
        deployment("log", 0, "100m", kind="DaemonSet"),
        ("spec",),
        {},
    ),
    "batch.v1.JobSpec": (job(), ("spec",), {("spec", "manualSelector"): True}),
    "autoscaling.v2.MetricIdentifier": (
        autoscaler(),
        ("spec", "metrics", 0, "external", "metric"),
        {},
    ),
}
"""Of each type that has such fields: an object, where in it one stands, and what that needs."""
del PLACES["apps.v1.DaemonSetSpec"][0]["spec"]["replicas"]

_CLAIM_SPEC: Manifest = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "1Gi"}},
}
_CLAIM: Manifest = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {**_CLAIM_SPEC, "volumeMode": "Filesystem"},
    "status": {"phase": "Pending"},
}
_SECRET = {"name": "key"}
KEPT: dict[str, dict[str, Any]] = {
    "meta.v1.ObjectMeta": {"finalizers": ["example.com/wait"]},
    "meta.v1.OwnerReference": {"apiVersion": "example.com/v1", "blockOwnerDeletion": True},
    "core.v1.PodSpec": {
        "activeDeadlineSeconds": 3_600,
        "automountServiceAccountToken": False,
        "dnsConfig": {"nameservers": ["10.0.0.10"]},
        "dnsPolicy": "Default",
        "enableServiceLinks": False,
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["db.local"]}],
        "hostIPC": True,
        "hostPID": True,
        "hostUsers": True,
        "hostname": "solo-0",
        "hostnameOverride": "other",
        "imagePullSecrets": [_SECRET],
        "os": {"name": "linux"},
        "resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu"}],
        "schedulingGroup": {"podGroupName": "all"},
        "securityContext": {"runAsUser": 1_000, "fsGroup": 2_000},
        "serviceAccount": "robot",
        "serviceAccountName": "robot",
        "setHostnameAsFQDN": True,
        "shareProcessNamespace": True,
        "subdomain": "db",
    },
    "core.v1.Container": {
        "args": ["--fast"],
        "command": ["/bin/web"],
        "env": [{"name": "MODE", "value": "fast"}],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "imagePullPolicy": "Always",
        "lifecycle": {"preStop": {"exec": {"command": ["/bin/stop"]}}},
        "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
        "restartPolicyRules": [
            {"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}
        ],
        "securityContext": {"runAsUser": 1_000, "privileged": False},
        "stdin": True,
        "stdinOnce": True,
        "terminationMessagePath": "/tmp/end",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "tty": True,
        "volumeDevices": [{"name": "disk", "devicePath": "/dev/x"}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "workingDir": "/srv",
    },
    "core.v1.Probe": {
        "exec": {"command": ["/bin/look"]},
        "grpc": {"port": 80, "service": "look"},
        "httpGet": {"path": "/look", "port": 80, "scheme": "HTTP"},
        "tcpSocket": {"port": 81},
        "terminationGracePeriodSeconds": 7,
        "timeoutSeconds": 9,
    },
    "core.v1.ContainerPort": {"name": "http"},
    "core.v1.ResourceRequirements": {"claims": [{"name": "gpu"}]},
    "core.v1.Volume": {
        "awsElasticBlockStore": {"volumeID": "v"},
        "azureDisk": {
            "diskName": "d",
            "diskURI": "https://x.blob.core.windows.net/d.vhd",
            "cachingMode": "None",
            "fsType": "ext4",
            "kind": "Shared",
            "readOnly": False,
        },
        "azureFile": {"secretName": "s", "shareName": "s"},
        "cephfs": {"monitors": ["m"]},
        "cinder": {"volumeID": "v"},
        "configMap": {"name": "settings", "defaultMode": 420},
        "csi": {"driver": "csi.example.com"},
        "downwardAPI": {"defaultMode": 420},
        "ephemeral": {
            "volumeClaimTemplate": {
                "metadata": {"labels": {"data": "a"}},
                "spec": {**_CLAIM_SPEC, "volumeMode": "Filesystem"},
            }
        },
        "fc": {"targetWWNs": ["w"], "lun": 1},
        "flexVolume": {"driver": "example.com/flex"},
        "flocker": {"datasetName": "d"},
        "gcePersistentDisk": {"pdName": "d"},
        "gitRepo": {"repository": "https://example.com/r.git"},
        "glusterfs": {"endpoints": "e", "path": "p"},
        "image": {"reference": "data:1", "pullPolicy": "IfNotPresent"},
        "iscsi": {
            "targetPortal": "10.0.0.1",
            "iqn": "iqn.2001-04.com.example:disk",
            "lun": 1,
            "iscsiInterface": "default",
        },
        "nfs": {"server": "s", "path": "/p"},
        "persistentVolumeClaim": {"claimName": "claim"},
        "photonPersistentDisk": {"pdID": "d"},
        "portworxVolume": {"volumeID": "v"},
        "projected": {"sources": [{"configMap": {"name": "settings"}}], "defaultMode": 420},
        "quobyte": {"registry": "r:1", "volume": "v"},
        "rbd": {
            "monitors": ["m"],
            "image": "i",
            "pool": "rbd",
            "user": "admin",
            "keyring": "/etc/ceph/keyring",
        },
        "scaleIO": {
            "gateway": "g",
            "system": "s",
            "volumeName": "v",
            "secretRef": _SECRET,
            "storageMode": "ThinProvisioned",
            "fsType": "xfs",
        },
        "secret": {"secretName": "key", "defaultMode": 420},
        "storageos": {"volumeName": "v"},
        "vsphereVolume": {"volumePath": "p"},
    },
    "core.v1.EmptyDirVolumeSource": {"sizeLimit": "1Gi"},
    "core.v1.HostPathVolumeSource": {"path": "/other", "type": "Directory"},
    "core.v1.NodeSpec": {
        "configSource": {
            "configMap": {"name": "c", "namespace": "kube-system", "kubeletConfigKey": "kubelet"}
        },
        "externalID": "n9",
        "podCIDR": "10.1.0.0/24",
        "podCIDRs": ["10.1.0.0/24"],
        "providerID": "cloud://n9",
    },
    "apps.v1.StatefulSetSpec": {
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete", "whenScaled": "Retain"},
        "serviceName": "other",
        "revisionHistoryLimit": 3,
        "volumeClaimTemplates": [_CLAIM],
    },
    "apps.v1.DaemonSetSpec": {"revisionHistoryLimit": 3},
    "batch.v1.JobSpec": {"manualSelector": True},
    "autoscaling.v2.MetricIdentifier": {"selector": {"matchLabels": {"queue": "a"}}},
}
"""A value of each field that is kept without effect."""

NEEDS: dict[tuple[str, str], dict[Path_, Any]] = {
    ("core.v1.Container", "restartPolicyRules"): {(*_MAIN, "restartPolicy"): "Never"},
    ("core.v1.Container", "stdinOnce"): {(*_MAIN, "stdin"): True},
    ("core.v1.Container", "volumeDevices"): {
        ("spec", "volumes"): [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}]
    },
    ("core.v1.Container", "volumeMounts"): {
        ("spec", "volumes"): [{"name": "data", "configMap": {"name": "settings"}}]
    },
}
"""What must stand beside some of them."""

ALONE = {"exec", "grpc", "httpGet", "tcpSocket"}
"""Fields one of which takes the place of another."""

DROPPED = {
    ("meta.v1.ObjectMeta", "deletionGracePeriodSeconds"): 3,
    ("meta.v1.ObjectMeta", "managedFields"): [{"manager": "me", "operation": "Apply"}],
    ("meta.v1.ObjectMeta", "selfLink"): "/api/v1/x",
    ("apps.v1.RollingUpdateStatefulSetStrategy", "maxUnavailable"): 2,
}
"""What only the API writes, or is behind a feature gate that is off."""

REFUSED_BY_THE_API = {
    ("core.v1.PodSpec", "ephemeralContainers"): [{"name": "look", "image": "look:1"}]
}


def written(manifest: Manifest, path: Path_, value: object) -> Manifest:
    """Return an object with a value at a path; what is missing on the way is made."""
    result = deepcopy(manifest)
    found: Any = result
    for step in path[:-1]:
        found = found.setdefault(step, {}) if isinstance(found, dict) else found[step]
    found[path[-1]] = deepcopy(value)
    return result


def at(manifest: Manifest, path: Path_) -> Any:
    found: Any = manifest
    for step in path:
        found = found[step]
    return found


def plain(name: str, field: str) -> Manifest:
    """Return an object of which all stands but the field."""
    manifest, place, needs = PLACES[name]
    for path, value in {**needs, **NEEDS.get((name, field), {})}.items():
        manifest = written(manifest, path, value)
    if field in ALONE:
        for other in ALONE:
            at(manifest, place).pop(other, None)
    return manifest


def with_field(name: str, field: str, value: object) -> Manifest:
    return written(plain(name, field), (*PLACES[name][1], field), value)


def fields(which: str) -> list[tuple[str, str]]:
    return [(each.name, field) for each in effects() for field in getattr(each, which)]


def stored(cluster: Cluster, manifest: Manifest) -> Manifest:
    return cluster.get(manifest["kind"], manifest["metadata"]["name"])


def lived(manifest: Manifest) -> tuple[Cluster, list[str]]:
    """Return a cluster in which an object has lived for a while, and the reasons of its events."""
    cluster = Cluster([node("n1"), node("n2")])
    cluster.apply(deployment("web", 2))
    cluster.apply(manifest)
    cluster.advance(seconds=40)
    return cluster, [each["reason"] for each in cluster.events()]


@cache
def lived_without(manifest: str) -> tuple[Cluster, list[str]]:
    """Return the same for an object as text, once for all fields that it has not."""
    return lived(json.loads(manifest))


def test_of_every_kept_field_there_is_a_value() -> None:
    named = {(name, field) for name, values in KEPT.items() for field in values}
    assert named | set(DROPPED) | set(REFUSED_BY_THE_API) == set(fields("kept"))


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, values in KEPT.items() for field in values]
)
def test_a_kept_field_comes_back_unchanged_and_changes_nothing(name: str, field: str) -> None:
    value = KEPT[name][field]
    manifest = with_field(name, field, value)
    cluster, reasons = lived(manifest)
    assert at(stored(cluster, manifest), (*PLACES[name][1], field)) == value
    if field in ALONE:
        return  # one of them must be there
    without, others = lived_without(json.dumps(plain(name, field)))
    assert digest(world_of(cluster)) == digest(world_of(without))
    assert reasons == others


@pytest.mark.parametrize(("name", "field"), sorted(DROPPED))
def test_a_field_that_nobody_may_apply_is_dropped(name: str, field: str) -> None:
    cluster = Cluster([node("n1")])
    manifest = with_field(name, field, DROPPED[name, field])
    cluster.apply(manifest)
    assert field not in at(stored(cluster, manifest), PLACES[name][1])


@pytest.mark.parametrize(("name", "field"), sorted(REFUSED_BY_THE_API))
def test_a_field_that_the_api_does_not_take_is_refused(name: str, field: str) -> None:
    with pytest.raises(ApiRefusalError, match=field):
        Cluster().apply(with_field(name, field, REFUSED_BY_THE_API[name, field]))


def test_every_refused_field_is_refused_and_the_cluster_unchanged() -> None:
    assert fields("refused") == [("batch.v1.JobSpec", "managedBy")]
    cluster = Cluster([node("n1")])
    with pytest.raises(ManifestError, match="managedBy"):
        cluster.apply(with_field("batch.v1.JobSpec", "managedBy", "example.com/other"))
    assert cluster.list("Job") == []


def test_every_simulated_field_is_read_where_something_is_decided() -> None:
    told = "\n".join(
        path.read_text("utf-8")
        for path in sorted(SOURCES.rglob("*.py"))
        if path.relative_to(SOURCES).parts[:2] not in {("manifests", each) for each in OUTSIDE}
    )
    words = set(re.findall(r"[\"'.]([A-Za-z]+)[\"'.]", told))
    words.add("external")  # sources of metrics are found by the metric's type, "External"
    assert [each for each in fields("simulated") if each[1] not in words] == []
