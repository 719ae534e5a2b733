"""The examples run as they are, and say what they should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gymnasium_loop", ["random actions solved"]),
        ("online_autoscaler", ["fixed allocation", "HPA at 70 %"]),
        ("cluster_masks", ["healthy at first:", "most at once"]),
        ("own_agent", ["replicas-first: solved 100%", "rules: solved 100%", "random: solved"]),
        (
            "cluster_what_if",
            [
                "2500m each: 2 of 4 pods have a node; 0/2 nodes are available: 2 Insufficient cpu.",
                "with a third node: 4 of 4 pods have a node",
                "or 1500m each: 4 of 4 pods have a node",
            ],
        ),
    ],
)
def test_an_example_runs(name: str, said: list[str], tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for line in said:
        assert line in ran.stdout


def test_every_example_is_run() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == [
        "cluster_masks",
        "cluster_what_if",
        "gymnasium_loop",
        "online_autoscaler",
        "own_agent",
    ]
