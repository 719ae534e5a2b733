"""The seats of all environments, for what plays any of them."""

from __future__ import annotations

from typing import TypeAlias

from simarena.env.records import deployment, fleet, online

AnySeat: TypeAlias = deployment.Seat | online.Seat | fleet.Seat
"""All that a batch reads and writes beside clusters, whatever it plays."""
