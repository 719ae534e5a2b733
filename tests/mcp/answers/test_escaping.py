from __future__ import annotations

from tests.env.cases import container, trace_of, workload
from tests.mcp._sessions import NODES, call, said

from simarena.cluster import ClusterConfig
from simarena.mcp import LivingSession
from simarena.mcp.answers.escaping import escaped, escaped_data, escaped_lines

HOSTILE = "evil\x1b[2J\r\nName: good\u202e\x00:1"


def test_what_cannot_be_printed_is_written_out() -> None:
    assert escaped("plain, ünïcode 日本") == "plain, ünïcode 日本"
    assert escaped("a\x1b[2J\r\nb\x00") == r"a\x1b[2J\r\nb\x00"
    assert escaped("\u202eright") == r"\u202eright"
    assert escaped("\ud800") == r"\ud800"
    assert escaped_lines("a\n\tb\r\n\x1b") == "a\n\tb\\r\n\\x1b"
    assert escaped_data({"a\n": ["\x1b", 1, None, {"b": "c\nd"}]}) == {
        "a\\n": ["\\x1b", 1, None, {"b": "c\nd"}]
    }


def test_an_image_name_cannot_write_on_a_terminal_or_add_lines() -> None:
    manifest = workload("web", 1, container(requests={"cpu": "1"}))
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = HOSTILE
    config = ClusterConfig(kubelet="real")
    served = LivingSession(NODES, trace_of((0, [manifest])), config=config)
    pod = served.backend.list("Pod", None)[0]["metadata"]["name"]
    *tables, log = call(
        served,
        ("describe_deployment", {"deploy": "web"}),
        ("describe_pod", {"pod_name": pod}),
        ("get_events", {}),
        ("get_pod_logs", {"pod_name": pod}),
    )
    for result in (*tables, log):
        assert not result.is_error
        assert "Name: good" in said(result)
        assert result is log or "\nName: good" not in said(result)  # a log has lines of its own
        assert "\x1b" not in said(result)
        assert "\u202e" not in said(result) + str(result.structured_content)
        assert "\\x1b[2J" in said(result)
