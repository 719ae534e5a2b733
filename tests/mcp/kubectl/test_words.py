from __future__ import annotations

import pytest

from simarena.errors import ConfigError, NotFoundError, RefusedError, SimArenaError
from simarena.mcp.kubectl.words import error_text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFoundError('pods "x" not found'), 'Error from server (NotFound): pods "x" not found'),
        (RefusedError("Error from server (Forbidden): no"), "Error from server (Forbidden): no"),
        (RefusedError("error: no"), "error: no"),
        (ConfigError("seconds must be from 0"), "error: seconds must be from 0"),
    ],
)
def test_errors_are_in_the_words_of_kubectl(error: SimArenaError, text: str) -> None:
    assert error_text(error) == text
