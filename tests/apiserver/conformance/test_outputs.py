from __future__ import annotations

from simarena.apiserver.conformance.outputs import output_differences


def differences(expected: str, actual: str) -> list[str]:
    return list(output_differences("stdout", expected, actual, "kc0de17"))


def test_ages_names_and_widths_of_columns_are_not_judged() -> None:
    expected = "NAME   AGE\nweb-77d5d6fccf-<rand>   <age>\n"
    assert differences(expected, "NAME                   AGE\nweb-5bcxf6d9d4-abc12   3m4s\n") == []


def test_a_cell_that_differs_is_told_with_its_line() -> None:
    assert differences("web   2/2   <age>\n", "web   1/2   5s\n") == [
        "stdout: missing 'web   2/2   <age>'",
        "stdout: not recorded 'web   1/2   5s'",
    ]


def test_the_namespace_stands_for_that_of_the_record() -> None:
    assert differences('pods "p" not found in "NS"', 'pods "p" not found in "kc0de17"') == []


def test_pods_may_come_in_the_order_of_their_random_names() -> None:
    expected = "a-<rand>  node-a\nb-<rand>  node-b\n"
    assert differences(expected, "b-1xyz9  node-b\na-2xyz9  node-a\n") == []


def test_lines_without_chance_come_in_the_recorded_order() -> None:
    assert differences("first\nsecond\n", "second\nfirst\n") == [
        "stdout: 'second', recorded 'first' here"
    ]


def test_what_a_rollout_told_while_it_was_waited_for_is_not_judged() -> None:
    waiting = 'Waiting for deployment "web" rollout to finish: 0 of 2 updated replicas ...\n'
    assert differences(f"{waiting}done\n", "done\n") == []


def test_events_are_not_judged() -> None:
    expected = "Name: a\nEvents:\n  Type    Reason\n  Normal  Scheduled\n"
    assert differences(expected, "Name: a\nEvents:  <none>\n") == []


def test_what_follows_a_dump_of_structs_is_not_judged() -> None:
    assert differences("spec: Forbidden\n<diff>\n", "spec: Forbidden\nanything\nat all\n") == []
