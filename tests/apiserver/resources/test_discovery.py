"""How clients find what is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.apiserver.conftest import Client

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def test_everything_is_told_in_one_document(client: Client) -> None:
    response = client.send("GET", "/apis", accept=f"{AGGREGATED},application/json")
    assert response.headers["content-type"] == AGGREGATED
    groups = {each["metadata"]["name"]: each for each in response.json()["items"]}
    assert [each["version"] for each in groups["autoscaling"]["versions"]] == ["v2", "v1"]
    apps = {each["resource"]: each for each in groups["apps"]["versions"][0]["resources"]}
    assert apps["deployments"]["shortNames"] == ["deploy"]
    parts = [each["subresource"] for each in apps["deployments"]["subresources"]]
    assert parts == ["scale", "status"]


def test_the_same_is_told_bit_by_bit(client: Client) -> None:
    assert client.get("/api")["versions"] == ["v1"]
    names = [each["name"] for each in client.get("/apis")["groups"]]
    assert {"apps", "batch", "policy", "metrics.k8s.io", "simarena.dev"} <= set(names)
    assert client.get("/apis/apps")["preferredVersion"]["version"] == "v1"
    resources = {each["name"]: each for each in client.get("/api/v1")["resources"]}
    assert resources["pods/eviction"]["kind"] == "Eviction"
    assert (resources["pods/eviction"]["group"], resources["pods/eviction"]["version"]) == (
        "policy",
        "v1",
    )
    assert client.send("GET", "/apis/nope").text == "404 page not found\n"


def test_openapi_says_which_paths_can_be_applied_to(client: Client) -> None:
    index = client.get("/openapi/v3")["paths"]
    path = index["apis/apps/v1"]["serverRelativeURL"]
    document = client.get(path)
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert patch["x-kubernetes-group-version-kind"]["kind"] == "Deployment"
    assert {"dryRun", "fieldValidation"} <= {each["name"] for each in patch["parameters"]}


def test_whatever_is_created_says_which_parameters_its_writes_take(client: Client) -> None:
    for path, kind in (("apis/simarena.dev/v1", "Clock"), ("apis/apps/v1", "Deployment")):
        paths = client.get(f"/openapi/v3/{path}")["paths"].values()
        patches = [each["patch"] for each in paths if "patch" in each]
        found = next(
            each for each in patches if each["x-kubernetes-group-version-kind"]["kind"] == kind
        )
        assert "fieldValidation" in {each["name"] for each in found["parameters"]}
