"""Names beside points hide nothing where there is room."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from simarena.evaluation.pictures.label_places import place_labels


def placed(x: list[float], y: list[float], names: list[str]) -> list[Annotation]:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    points = [np.repeat(np.array(values)[:, np.newaxis], 3, axis=1) for values in (x, y)]
    place_labels(axes, points[0], points[1], names, ["#000000"] * len(names))
    figure.draw_without_rendering()
    return [text for text in axes.texts if isinstance(text, Annotation)]


def test_a_lone_name_stands_just_right_of_its_point() -> None:
    (text,) = placed([0.2], [0.5], ["alone"])
    assert text.get_horizontalalignment() == "left"
    assert text.arrow_patch is None


def test_at_the_right_edge_it_stands_on_the_left() -> None:
    (text,) = placed([0.98], [0.5], ["a rather long name"])
    assert text.get_horizontalalignment() == "right"


def test_names_of_points_that_lie_together_do_not_hide_each_other() -> None:
    names = [f"provider/model-number-{number}" for number in range(5)]
    texts = placed([0.5, 0.51, 0.52, 0.5, 0.51], [0.5, 0.51, 0.5, 0.52, 0.49], names)
    assert sorted(text.get_text() for text in texts) == names
    for text in texts:
        text.arrow_patch = None  # the box of the name alone
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[:number]) == 0
