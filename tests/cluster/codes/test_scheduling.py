"""The table of the scheduler's plugins."""

from __future__ import annotations

import pytest
from tests.cluster._objects import container, node

from simarena.cluster import Cluster
from simarena.cluster.codes import MAX_REASONS, Plugin, Reason, TermKind
from simarena.cluster.codes.scheduling import PLUGINS, NodeHint, SchedulerPlugin, mask_of

WEIGHTS_OF_1_36 = {
    "NodeUnschedulable": 0,
    "NodeName": 0,
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "NodePorts": 0,
    "NodeResourcesFit": 1,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}
"""Those of the default configuration that are simulated, in its order; 0: it does not score."""


def test_order_and_weights_are_those_of_the_default_configuration() -> None:
    assert [(plugin.name, plugin.weight) for plugin in PLUGINS] == list(WEIGHTS_OF_1_36.items())


def test_every_reason_and_every_column_of_scores_is_that_of_one_plugin() -> None:
    reasons = [reason for plugin in PLUGINS for reason in plugin.reasons]
    assert sorted(reasons) == list(Reason)
    columns = [plugin.column for plugin in PLUGINS if plugin.column is not None]
    assert sorted(columns) == list(Plugin)
    assert sum(plugin.mask for plugin in PLUGINS) == (1 << MAX_REASONS) - 1


def test_filters_give_their_reasons_in_the_order_of_the_plugins() -> None:
    reasons = [reason for plugin in PLUGINS for reason in plugin.reasons]
    reasons.remove(Reason.NODE_AFFINITY_PREFILTER)  # it comes before all filters
    reasons.remove(Reason.INSUFFICIENT_EXTENDED)  # the first of as many as there are resources
    assert reasons == sorted(reasons)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: str(plugin.name))
def test_a_plugin_has_all_that_it_needs(plugin: SchedulerPlugin) -> None:
    assert plugin.reasons or plugin.column is not None
    assert (plugin.weight > 0) == (plugin.column is not None)
    assert (plugin.node is not None) == bool(plugin.reasons), "a new node must be able to help"
    assert (plugin.node == NodeHint.LABELLED) == bool(plugin.node_terms)
    if not plugin.reasons:
        assert not plugin.helped_by_room
        assert not plugin.departure_terms + plugin.arrival_terms
    assert set(plugin.departure_terms + plugin.arrival_terms) <= {
        TermKind.HOST_PORT,
        *plugin.node_terms,
    }


def test_an_explanation_names_the_plugins_that_score() -> None:
    cluster = Cluster([node()])
    asked = {"metadata": {"name": "asked"}, "spec": {"containers": [container("1")]}}
    scores = cluster.explain({"apiVersion": "v1", "kind": "Pod", **asked}).nodes["n1"].scores
    assert set(scores) == {name for name, weight in WEIGHTS_OF_1_36.items() if weight}


def test_a_mask_has_the_bits_of_its_codes() -> None:
    assert mask_of([Reason.NODE_NAME, Reason.NODE_PORTS]) == 0b10010
    assert mask_of([]) == 0
