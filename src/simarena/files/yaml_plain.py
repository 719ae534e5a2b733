"""YAML as the API takes it: plain values, no aliases, times as the texts that they are."""

from __future__ import annotations

from typing import Any

import yaml


class PlainLoader(yaml.SafeLoader):
    """Reads plain values; aliases, which may stand for far more than a text holds, are refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401 - the base class's own
        """Return the node that comes next, as the base class does, unless it is an alias."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            problem = "aliases are not read; write it out"
            raise yaml.composer.ComposerError(None, None, problem, mark)
        return super().compose_node(parent, index)


# Times stay the texts that the API has.
PlainLoader.yaml_implicit_resolvers = {
    sign: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
