"""Compares a benchmark run with benchmarks/RESULTS.md, and writes that page.

python benchmarks/results.py RUN.json            what became slower by more than a fifth
python benchmarks/results.py RUN.json --write    make RUN the new page
python benchmarks/results.py --summary           the table of README.md, from the page
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).with_name("RESULTS.md")
SLOWER = 1.2
SUMMARY = {
    "environment steps a second through `gymnasium.make`": (
        "test_environment::test_one_environment_through_gymnasium_make[random]"
    ),
    "the same in a batch of 64": "test_environment::test_batch[random-64-1-remembering]",
    "the same in a batch of 1,024": "test_environment::test_batch[random-1024-1-remembering]",
    "the same through Stable-Baselines3's adapter, 64 at once": (
        "test_environment::test_stable_baselines3_adapter_with_64_environments"
    ),
    "in a batch of 64, every step replayed, nothing remembered": (
        "test_environment::test_batch[random-64-1-replaying]"
    ),
    "replays a second of a DeathStarBench trace of 19 minutes and 27 Deployments": (
        "test_cluster::test_replay_of_the_deathstarbench_trace"
    ),
    "pods a second, 2,000 of one Deployment on 200 nodes, from apply to all bound": (
        "test_cluster::test_pods_of_one_deployment_from_apply_to_all_bound"
    ),
    "pods a second, 10,000 on 5,000 nodes": "test_cluster::test_pods_on_5000_nodes[plain-10000]",
    "the same, spread as by default": (
        "test_cluster::test_pods_on_5000_nodes[default spreading-10000]"
    ),
    "tool calls a second of a language model, in memory": (
        "test_mcp::test_a_tool_that_looks_at_a_scenario[get_pods]"
    ),
    "milliseconds from import to first step, warm": "test_start::test_import_to_first_step_warm",
    "the same the very first time, everything compiled": (
        "test_start::test_import_to_first_step_cold"
    ),
}
"""What README.md tells, and the benchmark that measures it."""

_CELLS = re.compile(r"^\| `([^`]+)` \| (.*) \|$", re.MULTILINE)
_ROW = re.compile(r"^\| `(?P<name>[^`]+)` \| (?P<ms>[0-9.,]+) \|", re.MULTILINE)


class Result(NamedTuple):
    """One benchmark: the median time of a round, and what it did a second."""

    name: str
    median_ms: float
    quartiles_ms: tuple[float, float]
    rate: str


def read(path: Path) -> tuple[list[Result], dict[str, Any]]:
    run = json.loads(path.read_text())
    results = []
    for entry in run["benchmarks"]:
        median_s = entry["stats"]["median"]
        info = entry["extra_info"]
        rate = info.get("figure", "")
        if "number" in info:
            rate = f"{info['number'] / median_s:,.0f} {info['unit']}"
        name = f"{Path(entry['fullname'].split('::')[0]).stem}::{entry['name']}"
        quartiles_ms = (1_000 * entry["stats"]["q1"], 1_000 * entry["stats"]["q3"])
        results.append(Result(name, 1_000 * median_s, quartiles_ms, rate))
    return results, run


def machine_of(run: dict[str, Any]) -> str:
    """Return the lines of the page that say where a run was made."""
    machine = run["machine_info"]
    processor = machine.get("cpu", {}).get("brand_raw", machine["machine"])
    return (
        f"- machine: {processor}, {machine['cores']} cores, {machine['system']}\n"
        f"- Python {machine['python_version']}"
    )


def page(results: list[Result], run: dict[str, Any]) -> str:
    lines = [
        "# Benchmark results",
        "",
        "Written by `make bench-record`; `make bench` compares a new run with it. Figures of other",
        "machines differ, and a busy machine is slower: compare runs of one machine.",
        "",
        f"- date: {run['datetime'][:10]}",
        machine_of(run),
        "",
        "| benchmark | median, ms | middle half of the rounds, ms | rate |",
        "| --- | --- | --- | --- |",
    ]
    for name, median_ms, (low_ms, high_ms), rate in results:
        lines.append(f"| `{name}` | {median_ms:,.3f} | {low_ms:,.3f} to {high_ms:,.3f} | {rate} |")
    return "\n".join(lines) + "\n"


def compare(results: list[Result], run: dict[str, Any]) -> list[str]:
    recorded = PAGE.read_text() if PAGE.exists() else ""
    before = {row["name"]: float(row["ms"].replace(",", "")) for row in _ROW.finditer(recorded)}
    if before and machine_of(run) not in recorded:
        print("NOTE: recorded on another machine, or with another Python")
    slower = []
    for result in results:
        recorded_ms = before.get(result.name)
        ratio = result.median_ms / recorded_ms if recorded_ms else None
        note = "" if ratio is None else f"  {ratio:.2f} of the recorded time"
        print(f"{result.name:75} {result.median_ms:12,.3f} ms  {result.rate}{note}")
        if ratio is not None and ratio > SLOWER:
            slower.append(f"{result.name} takes {ratio:.2f} times as long as recorded")
    for name in sorted(set(before) - {result.name for result in results}):
        print(f"{name:75} not run")
    return slower


def summary(recorded: str) -> str:
    """Return the table of README.md: what the page says of a few benchmarks, in three digits."""
    found = {name: cells.split(" | ") for name, cells in _CELLS.findall(recorded)}
    lines = ["| what | figure |", "| --- | --- |"]
    for what, name in SUMMARY.items():
        median_ms, rate = found[name][0], found[name][-1]
        figure = float((rate.split()[0] if rate else median_ms).replace(",", ""))
        lines.append(f"| {what} | {float(f'{figure:.3g}'):,.0f} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    if arguments == ["--summary"]:
        print(summary(PAGE.read_text("utf-8")))
        return 0
    results, run = read(Path(arguments[0]))
    slower = compare(results, run)
    for line in slower:
        print(f"SLOWER: {line}")
    if "--write" in arguments[1:]:
        PAGE.write_text(page(results, run))
        print(f"wrote {PAGE.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
