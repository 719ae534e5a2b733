"""An S3 server on loopback, and the environment that reaches it."""

from __future__ import annotations

import contextlib
import os
import threading
import urllib.request
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SECRET = "sEcReTkEy123"
KEY_ID = "AKIDEXAMPLE"


@contextlib.contextmanager
def environment(**values: str) -> Iterator[None]:
    """Replace what the environment says of object stores."""
    cleared = {name: "" for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "AZURE_"))}
    with mock.patch.dict(os.environ, {**cleared, **values}):
        for name in cleared.keys() - values.keys():
            os.environ.pop(name, None)
        yield


def s3_application() -> Callable[..., Iterable[bytes]]:
    """Return S3 as a WSGI application that answers one request at a time.

    Its checks and its writes are two steps, so that two requests at once would both create a key.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    inner, lock = DomainDispatcherApplication(create_backend_app), threading.Lock()

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        with lock:
            return list(inner(environ, start_response))

    return app


@contextlib.contextmanager
def serving(app: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """Serve an application on loopback, and give its URL."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, *_: object) -> None:
            """Say nothing of a request."""

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def variables(endpoint: str) -> dict[str, str]:
    """Return the environment that reaches the server."""
    return {
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }


@contextlib.contextmanager
def empty_bucket(endpoint: str, name: str = "arena") -> Iterator[str]:
    """Give an empty bucket's URI, in the environment that reaches it."""
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{name}", method="PUT")).close()
    with environment(**variables(endpoint)):
        yield f"s3://{name}"
    urllib.request.urlopen(
        urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
    ).close()
