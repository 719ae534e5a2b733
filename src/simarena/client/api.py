"""Requests to a cluster's API: raw JSON back, refusals in kubectl's words."""

from __future__ import annotations

import json
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from simarena.client.patience import NO_PATIENCE, Patience
from simarena.errors import (
    AnsweredError,
    ConfigError,
    NotFoundError,
    RefusedError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Manifest = dict[str, Any]

NAME: Final = "simarena"
"""By which the API knows who asks (user agent) and who has set a field (field manager)."""

_TIMEOUT_S: Final = (5.0, 30.0)  # to connect, and to wait for an answer
_PAGE: Final = 500
_MOST_OBJECTS: Final = 10_000
_NOT_FOUND: Final = 404
_MOST_TOLD: Final = 300  # characters of why a kubeconfig cannot be used


class KubeApi:
    """One cluster of a kubeconfig. All methods raise SimArenaError, and nothing of the client's."""

    def __init__(
        self,
        kubeconfig: str | None = None,
        context: str | None = None,
        patience: Patience = NO_PATIENCE,
    ) -> None:
        """Read the kubeconfig, the usual one if none is named; nothing is asked of the cluster.

        `patience` says how often a request is made again whose failure may pass. Raises
        ConfigError if the kubeconfig cannot be used.
        """
        from kubernetes import client, config
        from kubernetes.dynamic import DynamicClient

        loader: Any = config  # partly without annotations
        where = kubeconfig or "the usual kubeconfig"
        try:
            api = loader.new_client_from_config(kubeconfig, context, persist_config=False)
            contexts, current = loader.list_kube_config_contexts(kubeconfig)
            chosen = next((each for each in contexts if each["name"] == context), current)
            namespace = chosen["context"].get("namespace") or "default"
        except Exception as error:  # the client's loader checks nothing of what it reads
            reason = " ".join(str(error).split())[:_MOST_TOLD] or type(error).__name__
            message = f"{where}: cannot be used: {reason}; name another with --kubeconfig"
            raise ConfigError(message) from error
        self.namespace = str(namespace)
        """That of the context."""
        self.host = str(api.configuration.host)
        self.context = context
        """As it was named; None: the kubeconfig's current one."""
        self.patience = patience
        if patience.attempts > 1:  # there is one way of trying again, and it is not urllib3's
            api.rest_client.pool_manager.connection_pool_kw["retries"] = False
        api.user_agent = f"{NAME}/{version('simarena')}"
        self.core: Any = client.CoreV1Api(api)
        self.apps: Any = client.AppsV1Api(api)
        self.custom: Any = client.CustomObjectsApi(api)
        # Of the dynamic client only requests are used: its discovery keeps files in a folder for
        # temporary ones that others can write to.
        dynamic: Any = DynamicClient
        request = dynamic(api, discoverer=lambda *_: None).request
        self.path: Any = partial(request, serialize=False)
        """A call of the client for any path: a method, then the path."""

    def ask(self, call: Callable[..., Any], *arguments: str, **options: Any) -> bytes:  # noqa: ANN401 - the client's
        """Return what the API answers to one of the client's calls."""
        return self.patience.call(lambda: self._read(call, arguments, options))

    def open(
        self,
        call: Callable[..., Any],
        *arguments: str,
        read_timeout_s: float,
        **options: Any,  # noqa: ANN401 - the client's
    ) -> Any:  # noqa: ANN401 - urllib3's response
        """Return an answer whose body has not been read: the caller reads and closes it."""
        timeouts_s = (_TIMEOUT_S[0], read_timeout_s)
        return self.patience.call(lambda: self._asked(call, arguments, options, timeouts_s))

    def _read(
        self, call: Callable[..., Any], arguments: tuple[str, ...], options: dict[str, Any]
    ) -> bytes:
        from urllib3.exceptions import HTTPError

        response = self._asked(call, arguments, options, _TIMEOUT_S)
        try:
            data: bytes = response.data
        except HTTPError as error:  # half an answer
            raise self._unreachable(error) from error
        return data

    def _asked(
        self,
        call: Callable[..., Any],
        arguments: tuple[str, ...],
        options: dict[str, Any],
        timeouts_s: tuple[float, float],
    ) -> Any:  # noqa: ANN401 - urllib3's response
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return call(*arguments, _preload_content=False, _request_timeout=timeouts_s, **options)
        except ApiException as error:
            raise _refusal(error) from error
        except HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> UnreachableError:
        from urllib3.exceptions import SSLError

        cause = getattr(error, "reason", None) or error
        reason = " ".join(str(cause).split())[:_MOST_TOLD]
        message = f"error: the cluster at {self.host} cannot be reached: {reason}"
        return UnreachableError(message, passes=not isinstance(cause, SSLError))

    def write(
        self,
        call: Callable[..., Any],
        *arguments: str,
        dry_run: bool,
        **options: Any,  # noqa: ANN401 - the client's
    ) -> bytes:
        """Return what the API answers to a call that changes something, in our own name.

        In a dry run the API checks and admits the change, and does not make it.
        """
        if dry_run:
            options["dry_run"] = "All"
        return self.ask(call, *arguments, field_manager=NAME, **options)

    def one(self, call: Callable[..., Any], *arguments: str, **options: Any) -> Manifest:  # noqa: ANN401
        """Return one object."""
        found: Manifest = json.loads(self.ask(call, *arguments, **options))
        return found

    def all(self, call: Callable[..., Any], *arguments: str, **options: Any) -> list[Manifest]:  # noqa: ANN401
        """Return the items of a list, page by page. Raises RefusedError if there are too many."""
        items: list[Manifest] = []
        for page in self._pages(call, *arguments, **options):
            items += page
            if len(items) > _MOST_OBJECTS:
                message = (
                    f"error: more than {_MOST_OBJECTS} objects match; "
                    "narrow it down by namespace or selectors"
                )
                raise RefusedError(message)
        return items

    def _pages(
        self,
        call: Callable[..., Any],
        *arguments: str,
        **options: Any,  # noqa: ANN401
    ) -> Iterator[list[Manifest]]:
        token = ""
        while True:
            if token:
                options["_continue"] = token
            answer = self.one(call, *arguments, limit=_PAGE, **options)
            yield answer.get("items") or []
            token = (answer.get("metadata") or {}).get("continue") or ""
            if not token:
                return


def _refusal(error: Any) -> NotFoundError | RefusedError:  # noqa: ANN401 - the client's exception
    """Return what the API said when it refused."""
    if not error.status:  # the client's own trouble with the connection
        cause = " ".join(str(error.reason or "no answer").split())[:_MOST_TOLD]
        return UnreachableError(f"error: the cluster cannot be reached: {cause}", passes=False)
    try:
        status = json.loads(error.body or "")
        reason, said = status.get("reason"), status.get("message")
    except (ValueError, AttributeError):
        reason, said = None, None
    if not said:
        said = " ".join(str(error.body or error.reason or "no answer").split())[:_MOST_TOLD]
    if error.status == _NOT_FOUND and reason == "NotFound":
        return NotFoundError(said)
    words = str(reason or error.reason or error.status)
    return AnsweredError(
        f"Error from server ({words}): {said}",
        code=int(error.status),
        reason=words,
        retry_after_s=_seconds((error.headers or {}).get("Retry-After")),
    )


def _seconds(text: str | None) -> float | None:
    """Return the seconds of a Retry-After; None without one, and for one that names a date."""
    return float(text) if text is not None and text.isdecimal() else None
