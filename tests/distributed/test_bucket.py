"""What a bucket promises, on a folder, in memory, and on a real S3 server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import obstore.store
import pytest
from tests._s3_server import SECRET, empty_bucket, environment, s3_application, serving, variables

from simarena.distributed.bucket import Bucket, open_bucket
from simarena.distributed.driving import drive
from simarena.distributed.probing import probe
from simarena.distributed.requests import create, get
from simarena.errors import StorageError, StoreBusyError

if TYPE_CHECKING:
    from collections.abc import Iterable


def test_what_is_written_is_read_listed_told_and_removed(store_uri: str) -> None:
    bucket = open_bucket(store_uri)
    assert bucket.get("a/b.json", 10) is None
    assert bucket.head("a/b.json") is None
    bucket.put("a/b.json", b"one")
    bucket.put("a/c/d", b"")
    bucket.put("ab", b"x")
    assert bucket.get("a/b.json", 3) == b"one"
    assert [(each.key, each.num_bytes) for each in bucket.list("a/")] == [
        ("a/b.json", 3),
        ("a/c/d", 0),
    ]
    assert bucket.head("a/b.json") == bucket.list("a/")[0].time_ms
    bucket.delete(["a/b.json", "a/none"])
    assert [each.key for each in bucket.list("a/")] == ["a/c/d"]


def test_a_key_is_created_once(store_uri: str) -> None:
    bucket = open_bucket(store_uri)
    assert bucket.put_new("k", b"first")
    assert not bucket.put_new("k", b"second")
    assert bucket.get("k", 10) == b"first"


def _create(bucket: Bucket, key: str, data: bytes, made: list[bool]) -> None:
    made.append(bucket.put_new(key, data))


def test_of_many_who_create_a_key_at_once_one_does(store_uri: str) -> None:
    bucket = open_bucket(store_uri)
    for round_ in range(10):
        made: list[bool] = []
        threads = [
            threading.Thread(target=_create, args=(bucket, f"r/{round_}", b"%d" % number, made))
            for number in range(8)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert sum(made) == 1


def test_what_is_too_large_is_not_read(store_uri: str) -> None:
    bucket = open_bucket(store_uri)
    bucket.put("k", bytes(11))
    with pytest.raises(StorageError, match="larger than"):
        bucket.get("k", 10)


def test_a_store_that_honours_conditions_passes(store_uri: str) -> None:
    bucket = open_bucket(store_uri)
    drive(probe(bucket.uri, "n"), bucket)
    assert not bucket.list("probes/")


def test_a_store_that_ignores_conditions_is_refused() -> None:
    class Ignorant(Bucket):
        def put_new(self, key: str, data: bytes) -> bool:
            self.put(key, data)
            return True

    bucket = Ignorant("s3://arena", obstore.store.MemoryStore())
    with pytest.raises(StorageError, match="ignores the condition"):
        drive(probe("s3://arena", "n"), bucket)


def test_errors_that_pass_are_told_from_those_that_stay(s3: str) -> None:
    with pytest.raises(StorageError, match="does not exist") as caught:
        open_bucket("s3://nowhere").put("k", b"")
    assert not isinstance(caught.value, StoreBusyError)
    with environment(**variables("http://127.0.0.1:9")), pytest.raises(StoreBusyError):
        open_bucket(s3).put("k", b"")


@pytest.mark.parametrize("status", ["500 Oops", "503 Slow Down", "409 Conflict"])
def test_a_write_that_succeeded_though_the_answer_was_an_error_is_ours(status: str) -> None:
    inner = s3_application()
    failed: list[str] = []

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PUT" and environ["PATH_INFO"] == "/arena/k":
            lied = not failed
            failed.append(status)
            if lied:
                list(inner(environ, lambda *_: None))
                start_response(status, [("Content-Length", "0")])
                return [b""]
        return inner(environ, start_response)

    with serving(app) as url, empty_bucket(url) as uri:
        assert drive(create("k", b"mine"), open_bucket(uri))
        assert drive(get("k"), open_bucket(uri)) == b"mine"
        assert not drive(create("k", b"theirs"), open_bucket(uri))


def test_a_store_that_stays_silent_is_given_up() -> None:
    class Silent(Bucket):
        def get(self, key: str, max_bytes: int) -> bytes | None:
            raise StoreBusyError(key)

    with pytest.raises(StorageError, match="tried for 0 s"):
        drive(get("k"), Silent("s3://arena", obstore.store.MemoryStore()), patience_s=0)


@pytest.mark.parametrize(
    "uri",
    [
        "http://a/b",
        "s3://",
        f"s3://u:{SECRET}@b/k",
        f"s3://b/k?sig={SECRET}",
        "file://host/a",
        "s3://[",
    ],
)
def test_what_is_no_bucket_is_refused_without_repeating_it(uri: str) -> None:
    with pytest.raises(StorageError) as caught:
        open_bucket(uri)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "key"),
    [
        ("results/one/a.npz", "results/one/a.npz"),
        ("memory:///results/one", "results/one"),
        ("s3://other/results/one", None),
        ("../secret", None),
        ("a/../../b", None),
        ("/etc/passwd", None),
        ("a//b", None),
        ("", None),
    ],
)
def test_a_key_lies_in_the_bucket(location: str, key: str | None) -> None:
    bucket = Bucket("memory://", obstore.store.MemoryStore())
    if location.startswith("memory"):
        location = location.replace("memory:///", "memory:///")
    assert bucket.key_of(location) == key
