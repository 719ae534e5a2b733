"""Sound files from which fuzzing starts: tables of public traces, scheduler_perf, jobs, fleets."""

from __future__ import annotations

import json
from typing import Final

import yaml
from tests.fuzz import corpus

AZURE_TYPES: Final = """id,vmTypeId,machineId,core,memory,hdd,ssd,nic
0,7,0,0.5,0.25,,0,0
1,7,3,1,1,,0,0
2,8,0,0.1,0.1,,0,0
"""
TABLES: Final = {
    "openb nodes": """sn,cpu_milli,memory_mib,gpu,model
gpu-node,32000,65536,2,G3
Plain_Node,16000,32768,0,nan
""",
    "openb pods": (
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
        "creation_time,deletion_time,scheduled_time\n"
        "first,4000,1024,1,460,G2|G3,LS,Running,100,160,100\n"
        "second,500,512,0,0,,BE,Pending,90,,\n"
        "third,500,512,2,1000,nan,BE,Failed,160,170.0,165\n"
    ),
    "azure types": AZURE_TYPES,
    "azure machines": """vmId,tenantId,vmTypeId,priority,starttime,endtime
1,22,7,0,-3.5,0.5
2,22,8,0,0,1
3,22,7,1,1.25,
""",
}
"""Tables of public cluster traces, by what they hold."""

PERF_CASES: Final = """
- name: Case
  defaultPodTemplatePath: pod.yaml
  workloadTemplate:
  - opcode: createNodes
    countParam: $nodes
    labelNodePrepareStrategy: {labelKey: topology.kubernetes.io/zone, labelValues: [a, b]}
  - {opcode: createNamespaces, prefix: sched, count: 2}
  - {opcode: createAny, templatePath: service.yaml, namespace: sched-0}
  - opcode: churn
    mode: recreate
    number: 1
    templatePaths: [node.yaml, service.yaml]
    intervalMilliseconds: 40
  - opcode: createPodSets
    count: 2
    namespacePrefix: sched
    createPodsOp: {opcode: createPods, count: 3, podTemplatePath: pod.yaml, collectMetrics: true}
  - {opcode: barrier, stageRequirement: Attempted}
  - {opcode: createPods, count: 5, namespace: leaving}
  - {opcode: deletePods, namespace: leaving, deletePodsPerSecond: 50, skipWaitToCompletion: true}
  - {opcode: sleep, duration: 1m1.5s}
  workloads:
  - {name: W, threshold: 3, labels: [short], params: {nodes: 4}}
"""
PERF_TEMPLATES: Final = {
    "pod.yaml": """
apiVersion: v1
kind: Pod
metadata: {generateName: pod-, labels: {color: blue, index: "x-{{.Index}}"}}
spec:
  topologySpreadConstraints:
  - maxSkew: 5
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: DoNotSchedule
    labelSelector: {matchLabels: {color: blue}}
  containers: [{name: main, image: pause, resources: {requests: {cpu: 100m}}}]
""",
    "node.yaml": """
apiVersion: v1
kind: Node
metadata: {generateName: churned-}
status: {capacity: {cpu: "1", memory: 1Gi, pods: "3"}}
""",
    "service.yaml": """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {color: blue}, ports: [{port: 80}]}
""",
}

SERVED: Final = yaml.safe_dump_all(
    [
        corpus.node("node-9"),
        corpus.deployment("plain", corpus.plain_pod_spec()),
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}}],
        },
    ]
)

JOB: Final = json.dumps(
    {
        "job_id": "job",
        "job_type": "training",
        "agent": "dqn",
        "episodes": 20,
        "seed": 3,
        "timeout_seconds": 600,
        "memory_mib": 1_024,
        "federation_group_id": "group",
        "weights_uri": "results/before/checkpoint_final.npz",
        "settings": {"gamma": 0.9, "net_arch": [64, 64], "nodes": ["2x4cpu,8Gi"]},
        "created_at": "2026-01-01T00:00:00Z",
        "later": {"x": [1, 2.5, None]},
    }
)
RESULT: Final = json.dumps(
    {
        "job_id": "job",
        "worker_id": "worker-1",
        "status": "success",
        "started": "2026-01-01T00:00:00Z",
        "elapsed_seconds": 3.5,
        "episodes_completed": 20,
        "total_reward": 1.5,
        "figures": {"rate": 0.5},
        "later": [1],
    }
)
INVENTORY: Final = json.dumps(
    {
        "version": 1,
        "settings": {"run": "r1", "store": "s3://jobs/here", "count": 2},
        "price_usd_per_h": 0.05,
        "workers": [
            {"worker": "r1-1", "token": "a", "state": "launched", "instance": "i-1"},
            {"worker": "r1-2", "token": "b", "ended_at": "2026-01-01T00:00:00Z", "reason": "x"},
        ],
    }
)
