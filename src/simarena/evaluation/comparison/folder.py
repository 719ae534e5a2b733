"""The folder that a comparison leaves: its table, its pictures, and every outcome it is made of.

runs/<name>/
    command.txt      the command line, as it could be typed again
    versions.json    Python and packages
    outcomes.jsonl   every play of every agent, one JSON object a line
    failures.jsonl   plays without a result, if there are any
    plots/           pictures
    report.md, report.json
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simarena.evaluation.comparison.compare import Comparison, draw
from simarena.evaluation.comparison.table import table
from simarena.evaluation.failure import Failure, failures_to_lines
from simarena.evaluation.markdown import plain, table_lines, with_code
from simarena.evaluation.outcome import outcomes_to_lines
from simarena.evaluation.run_folder import RunFolder, new_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from simarena.evaluation.outcome import Outcome


def write_comparison(
    path: Path,
    comparison: Comparison,
    outcomes: Iterable[Outcome],
    *,
    command: Sequence[str],
    failures: Iterable[Failure] = (),
) -> None:
    """Write the comparison's folder; it appears under its name complete.

    Raises:
        RunError: there is something at `path` already, or it cannot be written.
    """
    with new_folder(path, command=command) as folder:
        fill_comparison(folder, comparison, outcomes, failures, name=path.name)


def fill_comparison(
    folder: RunFolder,
    comparison: Comparison,
    outcomes: Iterable[Outcome],
    failures: Iterable[Failure] = (),
    *,
    name: str = "",
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write outcomes, failures, pictures and both reports into a folder that is there.

    What an earlier call left is replaced, each file whole or not at all. The reports go by `name`,
    or the folder's; `facts` are what else they should say about how it was played, in which
    backticks enclose code.
    """
    folder.write_text(folder.outcomes.name, outcomes_to_lines(outcomes))
    if lines := failures_to_lines(failures):
        folder.write_text(folder.failures.name, lines)
    else:
        folder.failures.unlink(missing_ok=True)
    folder.plots.mkdir(exist_ok=True)
    pictures = draw(comparison, folder.plots)
    report = {
        "comparison": name or folder.path.name,
        "command": folder.command(),
        "facts": dict(facts or {}),
        "pictures": dict(pictures),
        **comparison.to_json(),
    }
    folder.write_json("report.json", report)
    folder.write_text("report.md", "\n".join(_markdown(report)))


def _markdown(report: Mapping[str, Any]) -> list[str]:
    agents = [each["agent"] for each in report["agents"] or report["failures"]]
    lines = [f"# {report['comparison']}: {plain(', '.join(agents))}", ""]
    played = f"Played: `{report['suite']}`."
    if len(report["agents"]) > 1:
        played += " The first agent is compared with the others."
    lines += [played, ""]
    if report["command"]:
        lines += ["    " + report["command"], ""]
    if report["facts"]:
        lines += table_lines(["", ""], report["facts"].items(), with_code)
    lines += table(report)
    for name, title in report["pictures"].items():
        lines += [f"## {title}", "", f"![{title}](plots/{name})", ""]
    return lines
