"""Compares a benchmark run with benchmarks/RESULTS.md, and writes that page.

python benchmarks/results.py RUN.json            what became slower by more than a fifth
python benchmarks/results.py RUN.json --write    make RUN the new page
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).with_name("RESULTS.md")
SLOWER = 1.2
_ROW = re.compile(r"^\| `(?P<name>[^`]+)` \| (?P<ms>[0-9.,]+) \|", re.MULTILINE)


class Result(NamedTuple):
    """One benchmark: the median time of a round, and what it did a second."""

    name: str
    median_ms: float
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
        results.append(Result(name, 1_000 * median_s, rate))
    return results, run


def page(results: list[Result], run: dict[str, Any]) -> str:
    machine = run["machine_info"]
    processor = machine["cpu"].get("brand_raw", machine["machine"])
    lines = [
        "# Benchmark results",
        "",
        "Written by `make bench-record`; `make bench` compares a new run with it. Figures of other",
        "machines differ, and a busy machine is slower: compare runs of one machine.",
        "",
        f"- date: {run['datetime'][:10]}",
        f"- machine: {processor}, {machine['cores']} cores, {machine['system']}",
        f"- Python {machine['python_version']}",
        "",
        "| benchmark | median, ms | rate |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{r.name}` | {r.median_ms:,.3f} | {r.rate} |" for r in results]
    return "\n".join(lines) + "\n"


def compare(results: list[Result]) -> list[str]:
    before = {}
    if PAGE.exists():
        for row in _ROW.finditer(PAGE.read_text()):
            before[row["name"]] = float(row["ms"].replace(",", ""))
    slower = []
    for result in results:
        recorded_ms = before.get(result.name)
        ratio = result.median_ms / recorded_ms if recorded_ms else None
        note = "" if ratio is None else f"  {ratio:.2f} of the recorded time"
        print(f"{result.name:75} {result.median_ms:12,.3f} ms  {result.rate}{note}")
        if ratio is not None and ratio > SLOWER:
            slower.append(f"{result.name} takes {ratio:.2f} times as long as recorded")
    return slower


def main(arguments: list[str]) -> int:
    results, run = read(Path(arguments[0]))
    slower = compare(results)
    for line in slower:
        print(f"SLOWER: {line}")
    if "--write" in arguments[1:]:
        PAGE.write_text(page(results, run))
        print(f"wrote {PAGE.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
