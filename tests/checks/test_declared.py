"""Settings that declare all that is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from simarena.checks.declared import check_bounds, declarations, setting, used_for
from simarena.errors import ConfigError, RunError


@dataclass(frozen=True, slots=True, kw_only=True)
class Baking:
    minutes: int = setting(40, "How long.", "told", least=1, most=90)
    heat: float | None = setting(None, "How hot.", least=50.0, most=250.0)
    tins: tuple[str, ...] = setting(says="In what.", made_by=lambda: ("round",))
    cook: str = "me"


def test_a_declared_field_has_its_default() -> None:
    assert Baking() == Baking(minutes=40, heat=None, tins=("round",), cook="me")


def test_only_declared_fields_are_gone_through_and_in_their_order() -> None:
    assert list(declarations(Baking)) == list(declarations(Baking())) == ["minutes", "heat", "tins"]
    assert used_for(Baking, "told") == ("minutes",)


@pytest.mark.parametrize("minutes", [1, 90])
def test_bounds_belong_to_what_is_allowed(minutes: int) -> None:
    check_bounds(Baking(minutes=minutes))


def test_what_is_out_of_its_bounds_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"^minutes must be from 1 to 90, got 91$"):
        check_bounds(Baking(minutes=91))
    with pytest.raises(RunError, match=r"^heat must be from 50\.0 to 250\.0, got 0\.0$"):
        check_bounds(Baking(heat=0.0), RunError)
