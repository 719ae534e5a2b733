from __future__ import annotations

import pytest

from simarena.errors import NotFoundError, RefusedError
from simarena.mcp.kubectl.kinds import BUILT_IN, ApiKind, find_kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("deploy", "Deployment"),
        ("Deployment", "Deployment"),
        ("deployments", "Deployment"),
        ("deployments.apps", "Deployment"),
        ("hpa", "HorizontalPodAutoscaler"),
        ("quota", "ResourceQuota"),
        ("ingresses.networking", "Ingress"),
        (" po ", "Pod"),
        ("NS", "Namespace"),
    ],
)
def test_a_kind_is_known_by_every_word_that_kubectl_takes_for_it(word: str, kind: str) -> None:
    assert find_kind(word).kind == kind


@pytest.mark.parametrize("word", ["deployments.batch", "podz", "", "."])
def test_other_words_are_refused_as_kubectl_does(word: str) -> None:
    with pytest.raises(NotFoundError, match="the server doesn't have a resource type"):
        find_kind(word)


def test_secrets_are_closed_and_a_kind_of_another_group_with_that_name_is_not() -> None:
    with pytest.raises(RefusedError, match="Secrets are neither shown nor changed"):
        find_kind("secrets")
    other = ApiKind("Vault", "example.com", "v1", "vaults", words=("secret-store",))
    assert find_kind("secret-store", [other]) is other
    assert other.key == "Vault.example.com"


def test_no_two_built_in_kinds_share_a_word() -> None:
    words = [
        word for kind in BUILT_IN.values() for word in {kind.kind.lower(), kind.plural, *kind.words}
    ]
    assert len(words) == len(set(words))


def test_paths_are_those_of_the_api_and_names_cannot_leave_them() -> None:
    web = BUILT_IN["Deployment"]
    assert web.path() == "/apis/apps/v1/deployments"
    assert web.path("shop", "web") == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert BUILT_IN["Node"].path("shop", "n1") == "/api/v1/nodes/n1"
    assert BUILT_IN["Pod"].path("shop", "../secrets/x", "eviction") == (
        "/api/v1/namespaces/shop/pods/..%2Fsecrets%2Fx/eviction"
    )
