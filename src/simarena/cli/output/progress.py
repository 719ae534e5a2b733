"""How a training is shown while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from rich.console import Console

    from simarena.training.settings import TrainSettings

_LINES: Final = 10  # printed over a training whose output is no terminal


class TrainingProgress:
    """A bar in a terminal; a line now and then anywhere else."""

    def __init__(self, console: Console, settings: TrainSettings, what: str = "") -> None:
        self._console = console
        self._unit, self._total = (
            ("steps", settings.steps)
            if settings.episodes is None
            else ("episodes", settings.episodes)
        )
        self._next_line = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} " + self._unit),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(
            f"Training {settings.agent} {what}".strip(), total=self._total, figures=""
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Leave the bar as it is."""
        self._bar.stop()

    def update(self, row: dict[str, Any]) -> None:
        """Show how far it is, from a row of metrics."""
        figures = ""
        if "solved_rate" in row:
            figures = f"solved {row['solved_rate']:.0%}, return {row['return_mean']:.2f}"
        done = row["step"] if self._unit == "steps" else row["episodes"]
        self._bar.update(self._task, completed=min(done, self._total), figures=figures)
        if not self._console.is_terminal and done >= self._next_line:
            self._console.print(f"{done:,}/{self._total:,} {self._unit}  {figures}")
            self._next_line = done + self._total // _LINES
