"""Where servers listen."""

from __future__ import annotations

import socket

from simarena.listening.addresses import is_local, is_wildcard, known_names, listener


def test_parts_of_an_answer_are_sent_without_waiting_for_each_other() -> None:
    with listener("127.0.0.1", 0) as bound:
        client = socket.create_connection(bound.getsockname())
        accepted, _ = bound.accept()
        with client, accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_server_goes_by_its_address_and_the_names_it_is_given() -> None:
    assert known_names("0.0.0.0", ("a.example",)) == ["a.example"]
    assert known_names("127.0.0.1") == ["127.0.0.1", "localhost", "::1"]
    assert is_wildcard("::")
    assert is_local("::1")
    assert not is_local("192.0.2.1")
