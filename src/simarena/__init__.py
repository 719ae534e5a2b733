"""SimArena: agents learn, and are measured at, operating Kubernetes."""

from __future__ import annotations

from simarena.env.registration import register_envs_with_gymnasium

register_envs_with_gymnasium()
