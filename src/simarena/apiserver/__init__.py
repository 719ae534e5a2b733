"""A Kubernetes API in virtual time, on which everybody's own tools work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simarena.lazy_face import lazy_face

if TYPE_CHECKING:
    from simarena.apiserver.serving import ApiServer, ServeSettings, serve

__all__ = ["ApiServer", "ServeSettings", "serve"]

__getattr__, __dir__ = lazy_face(
    __name__, {"simarena.apiserver.serving": ["ApiServer", "ServeSettings", "serve"]}
)
