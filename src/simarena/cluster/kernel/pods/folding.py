"""Counts of pods by domain that are put away while nobody looks at them.

Where there are few counters each has a row of domain_counts, and nothing of this happens. Where
there are many, most count a few pods on a few of many nodes: rows for all of them would be a table
of workloads times nodes. So there are some hundred rows, given to the counters that are looked at,
and what the others have is a list of tallies, one for each domain that has pods.
"""

from __future__ import annotations

from simarena.cluster.codes import NONE
from simarena.cluster.records import NUM_TOUCHED, World
from simarena.jit.decorators import inner

_PLACED_IN_AN_EVENT = 16


@inner
def num_tallies_needed(world: World) -> int:
    """Return how many tallies there must be for whatever one event does.

    It places few pods; but to make room for one others may be put on nodes to see what follows.
    """
    state = world.state[0]
    num_placed = _PLACED_IN_AN_EVENT
    if state["priorities_differ"] or state["first_nominated"] != NONE:
        num_placed += state["num_pods"]
    needed: int = state["num_cells"] + state["most_counted"] * num_placed
    return needed


@inner
def row_of(world: World, counter_row: int) -> int:
    """Return the row of domain_counts with a counter's counts, which are unfolded."""
    if world.unfolded.shape[0] == 0:
        return counter_row
    row: int = world.counters[counter_row]["row"]
    return row


@inner
def note_count(world: World, row: int, domain: int, before: int, after: int) -> None:
    """Keep account of which domains have pods as the count of one changes in an unfolded row."""
    if world.unfolded.shape[0] == 0 or (before == 0) == (after == 0):
        return
    if after == 0:
        world.state[0]["num_cells"] -= 1
    else:
        world.state[0]["num_cells"] += 1
        _touch(world, row, domain)


@inner
def _touch(world: World, row: int, domain: int) -> None:
    unfolded = world.unfolded[row]
    number = unfolded["num_touched"]
    if number < NUM_TOUCHED:
        unfolded["touched"][number] = domain
    if number <= NUM_TOUCHED:
        unfolded["num_touched"] = number + 1


@inner
def _put_away(world: World, row: int, domain: int, after: int) -> int:
    """Move one count into a tally; return the first of the list, which goes on with `after`."""
    count = world.domain_counts[row, domain]
    if count == 0:
        return after
    state = world.state[0]
    tally_row = state["free_tally"]
    if tally_row == NONE:
        tally_row = state["num_tallies"]
        state["num_tallies"] += 1
    else:
        state["free_tally"] = world.tallies[tally_row]["next"]
    tally = world.tallies[tally_row]
    tally["domain"] = domain
    tally["count"] = count
    tally["next"] = after
    world.domain_counts[row, domain] = 0
    return tally_row


@inner
def _fold(world: World, row: int) -> None:
    """Put away what a row of domain_counts holds. The caller has checked that tallies have room."""
    unfolded = world.unfolded[row]
    first = NONE
    if unfolded["num_touched"] <= NUM_TOUCHED:
        for index in range(unfolded["num_touched"]):
            first = _put_away(world, row, unfolded["touched"][index], first)
    else:
        for domain in range(world.domain_counts.shape[1]):
            first = _put_away(world, row, domain, first)
    counter = world.counters[unfolded["counter"]]
    counter["first_tally"] = first
    counter["row"] = NONE
    unfolded["counter"] = NONE


@inner
def _free_row(world: World) -> int:
    """Return an empty row of domain_counts: the next in turn that this search does not need."""
    state = world.state[0]
    row = state["hand"]
    while True:
        row = row + 1 if row + 1 < world.unfolded.shape[0] else 0
        if world.unfolded[row]["turn"] != state["turn"]:
            break
    state["hand"] = row
    if world.unfolded[row]["counter"] != NONE:
        _fold(world, row)
    return row


@inner
def unfold(world: World, counter_row: int) -> int:
    """Return the row of domain_counts with a counter's counts, until another is unfolded."""
    if world.unfolded.shape[0] == 0:
        return counter_row
    counter = world.counters[counter_row]
    if counter["row"] != NONE:
        return counter["row"]
    row = _free_row(world)
    state = world.state[0]
    unfolded = world.unfolded[row]
    unfolded["counter"] = counter_row
    unfolded["num_touched"] = 0
    counter["row"] = row
    tally_row = counter["first_tally"]
    counter["first_tally"] = NONE
    while tally_row != NONE:
        tally = world.tallies[tally_row]
        after = tally["next"]
        world.domain_counts[row, tally["domain"]] = tally["count"]
        _touch(world, row, tally["domain"])
        tally["next"] = state["free_tally"]
        state["free_tally"] = tally_row
        tally_row = after
    return row


@inner
def unfold_terms(world: World, template_row: int) -> None:
    """Unfold all that pods of a template look at, until this is called again."""
    if world.unfolded.shape[0] == 0:
        return
    state = world.state[0]
    state["turn"] += 1
    term_row = world.templates[template_row]["first_term"]
    while term_row != NONE:
        term = world.terms[term_row]
        row = unfold(world, term["counter"])
        world.unfolded[row]["turn"] = state["turn"]
        term_row = term["next"]
