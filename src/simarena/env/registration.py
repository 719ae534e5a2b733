"""Makes the environments known to Gymnasium, without importing it before its user does."""

from __future__ import annotations

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

DEPLOYMENT_ID: Final = "SimArena/Deployment-v0"
ONLINE_ID: Final = "SimArena/Online-v0"
CLUSTER_ID: Final = "SimArena/Cluster-v0"

_ENTRY_POINTS: Final = {
    DEPLOYMENT_ID: (
        "simarena.env.deployment.env:DeploymentEnv",
        "simarena.env.deployment.vector_env:DeploymentVectorEnv",
    ),
    ONLINE_ID: (
        "simarena.env.online.env:OnlineEnv",
        "simarena.env.online.vector_env:OnlineVectorEnv",
    ),
    CLUSTER_ID: (
        "simarena.env.fleet.env:ClusterEnv",
        "simarena.env.fleet.vector_env:ClusterVectorEnv",
    ),
}
"""Single and vector environment of each id."""


def register_envs() -> None:
    """Register every environment that Gymnasium does not know yet. Imports no simulator."""
    from gymnasium.envs.registration import register, registry

    for name, (single, vector) in _ENTRY_POINTS.items():
        if name not in registry:
            register(id=name, entry_point=single, vector_entry_point=vector)


def register_envs_with_gymnasium() -> None:
    """Register now if Gymnasium is imported, else as soon as it is."""
    if "gymnasium" in sys.modules:
        register_envs()
    elif not any(isinstance(finder, _GymnasiumFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _GymnasiumFinder())


class _GymnasiumFinder(MetaPathFinder):
    """Finds Gymnasium once, where it would be found anyway, and registers when it has loaded."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname != "gymnasium":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _RegisteringLoader(spec.loader)
        return spec


class _RegisteringLoader(Loader):
    """Loads as the loader it stands for does."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        register_envs()
