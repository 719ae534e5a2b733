"""What the pages in docs/ show runs as it is shown, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simarena.env import load_suite
from simarena.training.outcome import Outcome, outcomes_to_lines

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("docs/*.md"))


@pytest.mark.parametrize(
    "name",
    [
        "benchmark",
        "cluster-env",
        "environment",
        "evaluation",
        "mcp",
        "online",
        "scenarios",
        "traces",
    ],
)
def test_the_programs_of_a_page_run_one_after_another(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    load_suite("classic")[5].trace.save("a.sktrace")  # its Deployment is called web
    outcome = Outcome(
        scenario="a", family="f", seed=0, agent="x", solved=True, steps=1, max_steps=9
    )
    Path("outcomes.jsonl").write_text(outcomes_to_lines([outcome]))
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert all(f"({page.name})" in index for page in PAGES if page.stem != "README")


def test_every_component_of_the_observation_is_explained() -> None:
    from simarena.env.spaces import DIAGNOSTIC_COMPONENTS

    text = (ROOT / "docs" / "environment.md").read_text("utf-8")
    named = re.findall(r"`([a-z_]+)`", "".join(re.findall(r"(?m)^\| \d.*$", text)))
    wanted = [name for name in DIAGNOSTIC_COMPONENTS if not name.startswith("can_")]
    assert [name for name in named if name in wanted] == wanted


def test_every_option_of_training_is_listed_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import fields

    from simarena.cli import main
    from simarena.training.settings import TrainSettings

    assert main(["train", "--help"]) == 0
    shown = capsys.readouterr().out
    without = {"net_arch", "batch_size", "buffer_size", "learning_starts", "gradient_steps"}
    without |= {"target_update_interval", "duration_s", "num_quantiles", "rollout_steps"}
    without |= {"num_epochs", "gae_lambda", "clip_range", "entropy_coef", "action_price"}
    assert "--set" in shown  # reaches all of them
    for field in fields(TrainSettings):
        if field.name not in without:
            assert f"--{field.name.replace('_', '-')}" in shown
