"""No garbage is collected while nothing can be any."""

from __future__ import annotations

import gc

from simarena.checks.garbage import without_collection


def test_nothing_is_collected_meanwhile_and_what_was_made_is_old_then() -> None:
    gc.collect()
    with without_collection():
        assert not gc.isenabled()
        made = [[number] for number in range(10_000)]
        assert gc.get_count()[0] >= len(made)
    assert gc.isenabled()
    assert gc.get_count()[0] < len(made)  # nobody looks through them again for being young
    assert any(each is made[0] for each in gc.get_objects(generation=2))


def test_who_collects_nothing_goes_on_without() -> None:
    gc.disable()
    try:
        with without_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_others_froze_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        assert frozen > 0
        with without_collection():
            pass
        # What nobody refers to any longer goes in between, frozen or not.
        assert 0 <= frozen - gc.get_freeze_count() < frozen // 2
    finally:
        gc.unfreeze()
