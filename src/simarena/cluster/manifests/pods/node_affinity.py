"""Which nodes a pod chooses: its `nodeSelector` and its node affinity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from simarena.cluster.manifests.fields import mapping, objects, whole
from simarena.cluster.manifests.selectors import LABEL_OPERATORS, Requirement, read_requirement
from simarena.errors import ManifestError, shown

if TYPE_CHECKING:
    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.nodes import NodeTraits

NODE_NAME_FIELD: Final = "metadata.name"
"""The one field of a node that `matchFields` may name."""

REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"

MAX_WEIGHT: Final = 100
"""Greatest weight of a preferred term."""

_NODE_OPERATORS: Final = (*LABEL_OPERATORS, "Gt", "Lt")
_FIELD_OPERATORS: Final = ("In", "NotIn")


class NodeTerm(NamedTuple):
    """A node selector term."""

    labels: tuple[Requirement, ...]
    names: tuple[Requirement, ...]
    """Of the node's name, with exactly one value."""

    def matches(self, node: NodeTraits) -> bool:
        """Return whether a node satisfies all of it; a term without requirements matches none."""
        if not self.labels and not self.names:
            return False
        if not all(requirement.matches(node.labels) for requirement in self.labels):
            return False
        name = {NODE_NAME_FIELD: node.name}
        return all(requirement.matches(name) for requirement in self.names)


class NodeChoice(NamedTuple):
    """The nodes that a pod may go to."""

    selector: tuple[tuple[str, str], ...] = ()
    """Labels that they must have."""
    required: tuple[NodeTerm, ...] | None = None
    """Of which they must satisfy any; None: there are no such terms."""

    @property
    def is_any(self) -> bool:
        """Whether it excludes none."""
        return not self.selector and self.required is None

    def allows(self, node: NodeTraits) -> bool:
        """Return whether a node is one of them."""
        if any(node.labels.get(key) != value for key, value in self.selector):
            return False
        return self.required is None or any(term.matches(node) for term in self.required)

    def names(self) -> set[str] | None:
        """Return the names of the only nodes that the required terms allow, None where any may do.

        The scheduler looks at no others, and reports them apart. An empty set means that each term
        contradicts itself: it then looks at none ("pod affinity terms conflict").
        """
        if self.required is None:
            return None
        names: set[str] = set()
        for term in self.required:
            of_term: set[str] | None = None
            for requirement in term.names:
                if requirement.operator == "In":
                    values = set(requirement.values)
                    of_term = values if of_term is None else of_term & values
            if of_term is None:
                return None
            names |= of_term
        return names

    def only_name(self) -> str | None:
        """Return the name of the node to which the required terms restrict it, if it is one."""
        names = self.names()
        return names.pop() if names is not None and len(names) == 1 else None


class WeightedNodes(NamedTuple):
    """Nodes that a pod would rather go to."""

    weight: int
    term: NodeTerm


def read_node_affinity(
    affinity: Fields, where: str
) -> tuple[tuple[NodeTerm, ...] | None, tuple[WeightedNodes, ...]]:
    """Return the terms of `nodeAffinity`, required and preferred; ManifestError if malformed."""
    given = mapping(affinity, "nodeAffinity", where)
    at = f"{where}.nodeAffinity"
    terms = None
    if given.get(REQUIRED) is not None:
        listed = objects(mapping(given, REQUIRED, at), "nodeSelectorTerms", f"{at}.{REQUIRED}")
        if not listed:
            message = f"{at}.{REQUIRED}.nodeSelectorTerms must have at least one term"
            raise ManifestError(message)
        terms = tuple(
            _node_term(term, f"{at}.{REQUIRED}.nodeSelectorTerms[{index}]")
            for index, term in enumerate(listed)
        )
    preferred = []
    for index, term in enumerate(objects(given, PREFERRED, at)):
        here = f"{at}.{PREFERRED}[{index}]"
        weight = read_weight(term, here)
        preference = mapping(term, "preference", here)
        preferred.append(WeightedNodes(weight, _node_term(preference, f"{here}.preference")))
    return terms, tuple(preferred)


def read_weight(term: Fields, where: str) -> int:
    """Return the weight of a preferred term."""
    weight = whole(term, "weight", where, 0, least=1)
    if not 1 <= weight <= MAX_WEIGHT:
        got = shown(term.get("weight"))
        message = f"{where}.weight must be from 1 to {MAX_WEIGHT}, got {got}"
        raise ManifestError(message)
    return weight


def _node_term(term: Fields, where: str) -> NodeTerm:
    labels = tuple(
        read_requirement(expression, f"{where}.matchExpressions[{index}]", _NODE_OPERATORS)
        for index, expression in enumerate(objects(term, "matchExpressions", where))
    )
    names = tuple(
        _field_requirement(given, f"{where}.matchFields[{index}]")
        for index, given in enumerate(objects(term, "matchFields", where))
    )
    return NodeTerm(labels, names)


def _field_requirement(given: Fields, where: str) -> Requirement:
    requirement = read_requirement(given, where, _FIELD_OPERATORS)
    if requirement.key != NODE_NAME_FIELD:
        message = f"{where}.key must be {NODE_NAME_FIELD}, got {shown(requirement.key)}"
        raise ManifestError(message)
    if len(requirement.values) != 1:
        message = f"{where}.values must have exactly one element"
        raise ManifestError(message)
    return requirement
