"""Rules for the containers of a pod, their probes included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simarena.cluster.manifests.validation.names import (
    config_key,
    dns_label,
    dns_subdomain,
    environment_name,
    header_name,
    identity,
    label_key,
    port_name,
    port_number,
)
from simarena.cluster.manifests.validation.resources import check_container_amounts
from simarena.cluster.manifests.validation.volumes import check_mounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simarena.cluster.manifests.fields import Fields
    from simarena.cluster.manifests.validation.causes import Causes

_PULL_POLICIES: Final = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES: Final = ("File", "FallbackToLogsOnError")
_PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_SCHEMES: Final = ("HTTP", "HTTPS")
_RESTART_POLICIES: Final = ("Always", "Never", "OnFailure")
_RESTART_ACTIONS: Final = ("Restart",)
_RESTART_OPERATORS: Final = ("In", "NotIn")
_HANDLERS: Final = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_NUMBERS: Final = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)
_ONLY_FOR_SIDECARS: Final = "may not be set for init containers without restartPolicy=Always"
_SOURCES: Final = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELD_PATHS: Final = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_RESOURCE_FIELDS: Final = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_HUGE_FIELDS: Final = ("limits.hugepages-", "requests.hugepages-")


def check_containers(
    containers: Sequence[Fields], volumes: frozenset[str], grace_s: int, at: str, causes: Causes
) -> None:
    """Check the containers of a pod."""
    if not containers:
        causes.required(at)
        return
    names: set[str] = set()
    for index, each in enumerate(containers):
        here = f"{at}[{index}]"
        _check_common(each, volumes, here, causes)
        name = each.get("name") or ""
        if name in names:
            causes.duplicate(f"{here}.name", name)
        names.add(name)
        _check_running(each, grace_s, here, causes)
        _check_restarts(each, here, causes)
    _check_host_ports(containers, at, causes)


def check_init_containers(
    containers: Sequence[Fields],
    others: Sequence[Fields],
    volumes: frozenset[str],
    grace_s: int,
    at: str,
    causes: Causes,
) -> None:
    """Check the containers that a pod begins with; `others` are those that come after."""
    names = {each.get("name") or "" for each in others}
    for index, each in enumerate(containers):
        here = f"{at}[{index}]"
        _check_common(each, volumes, here, causes)
        if "restartPolicy" in each or "restartPolicyRules" in each:
            _check_restarts(each, here, causes)
        name = each.get("name") or ""
        if name in names:
            causes.duplicate(f"{here}.name", name)
        elif name:
            names.add(name)
        _check_host_ports([each], at, causes)
        if each.get("restartPolicy") == "Always":
            _check_running(each, grace_s, here, causes)
            continue
        for field in ("lifecycle", *_PROBES):
            if field in each:
                causes.forbidden(f"{here}.{field}", _ONLY_FOR_SIDECARS)


def check_images(containers: Iterable[Fields], at: str, causes: Causes) -> None:
    """Check what is checked of pods only, and not of templates."""
    for index, each in enumerate(containers):
        image = each.get("image") or ""
        if image != image.strip():
            detail = "must not have leading or trailing whitespace"
            causes.invalid(f"{at}[{index}].image", image, detail)


def check_host_network(
    containers: Sequence[Fields], at: str, causes: Causes, *, is_pod: bool
) -> None:
    """Check that on the node's network ports are those of the node."""
    for index, each in enumerate(containers):
        for number, port in enumerate(each.get("ports") or ()):
            asked = port.get("hostPort") or 0
            if (is_pod or asked) and asked != port.get("containerPort", 0):
                detail = "must match `containerPort` when `hostNetwork` is true"
                causes.invalid(f"{at}[{index}].ports[{number}].hostPort", asked, detail)


def _check_common(container: Fields, volumes: frozenset[str], at: str, causes: Causes) -> None:
    name = container.get("name") or ""
    if not name:
        causes.required(f"{at}.name")
    else:
        wrong = dns_label(name)
        if wrong:
            causes.invalid_each(f"{at}.name", name, wrong)
    if not container.get("image"):
        causes.required(f"{at}.image")
    policy = container.get("terminationMessagePolicy")
    if policy not in _MESSAGE_POLICIES:
        causes.unsupported(f"{at}.terminationMessagePolicy", policy, _MESSAGE_POLICIES)
    ports = container.get("ports")
    if ports:
        _check_ports(ports, f"{at}.ports", causes)
    if "env" in container:
        _check_environment(container["env"], f"{at}.env", causes)
    if "envFrom" in container:
        _check_environment_sources(container["envFrom"], f"{at}.envFrom", causes)
    if "volumeMounts" in container or "volumeDevices" in container:
        check_mounts(container, volumes, at, causes)
    policy = container.get("imagePullPolicy")
    if policy not in _PULL_POLICIES:
        causes.unsupported(f"{at}.imagePullPolicy", policy, _PULL_POLICIES)
    resources = container.get("resources")
    if resources:
        check_container_amounts(resources, f"{at}.resources", causes)
    context = container.get("securityContext")
    if context:
        _check_security(context, f"{at}.securityContext", causes)


def _check_running(container: Fields, grace_s: int, at: str, causes: Causes) -> None:
    """Check what containers have that run beside each other."""
    lifecycle = container.get("lifecycle")
    if lifecycle:
        for field in ("postStart", "preStop"):
            if field in lifecycle:
                _check_handler(lifecycle[field], grace_s, f"{at}.lifecycle.{field}", causes)
    for name in _PROBES:
        probe = container.get(name)
        if probe is not None:
            _check_probe(probe, grace_s, f"{at}.{name}", causes, is_readiness=name[0] == "r")


def _check_probe(
    probe: Fields, grace_s: int, at: str, causes: Causes, *, is_readiness: bool
) -> None:
    _check_handler(probe, grace_s, at, causes)
    for name in _PROBE_NUMBERS:
        causes.negative(f"{at}.{name}", probe.get(name))
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        causes.invalid(f"{at}.terminationGracePeriodSeconds", grace, "must be greater than 0")
    successes = probe.get("successThreshold", 1)
    if not is_readiness and successes != 1:
        causes.invalid(f"{at}.successThreshold", successes, "must be 1")
    if is_readiness and grace is not None:
        detail = "must not be set for readinessProbes"
        causes.invalid(f"{at}.terminationGracePeriodSeconds", grace, detail)


def _check_handler(handler: Fields, grace_s: int, at: str, causes: Causes) -> None:
    given = [name for name in _HANDLERS if name in handler]
    if not given:
        causes.required(at, "must specify a handler type")
        return
    first, *others = given
    action, here = handler[first], f"{at}.{first}"
    match first:
        case "exec":
            if not action.get("command"):
                causes.required(f"{here}.command")
        case "httpGet":
            _check_http(action, here, causes)
        case "tcpSocket":
            _check_port(action.get("port", 0), f"{here}.port", causes)
        case "grpc":
            causes.invalid_each(
                f"{here}.port", action.get("port", 0), port_number(action.get("port", 0))
            )
        case _:
            seconds = action.get("seconds", 0)
            if not 0 <= seconds <= grace_s:
                detail = (
                    f"must be non-negative and less than terminationGracePeriodSeconds ({grace_s})"
                )
                causes.invalid(here, seconds, detail)
    for other in others:
        causes.forbidden(f"{at}.{other}", "may not specify more than 1 handler type")


def _check_http(action: Fields, at: str, causes: Causes) -> None:
    if not action.get("path"):
        causes.required(f"{at}.path")
    _check_port(action.get("port", 0), f"{at}.port", causes)
    scheme = action.get("scheme")
    if scheme not in _SCHEMES:
        causes.unsupported(f"{at}.scheme", scheme, _SCHEMES)
    for header in action.get("httpHeaders") or ():
        name = header.get("name") or ""
        causes.invalid_each(f"{at}.httpHeaders", name, header_name(name))


def _check_port(port: int | str, at: str, causes: Causes) -> None:
    wrong = port_number(port) if isinstance(port, int) else port_name(port)
    if wrong:
        causes.invalid_each(at, port, wrong)


def _check_ports(ports: Sequence[Fields], at: str, causes: Causes) -> None:
    names: set[str] = set()
    for index, port in enumerate(ports):
        here = f"{at}[{index}]"
        name = port.get("name")
        if name:
            wrong = port_name(name)
            if wrong:
                causes.invalid_each(f"{here}.name", name, wrong)
            elif name in names:
                causes.duplicate(f"{here}.name", name)
            names.add(name)
        number = port.get("containerPort", 0)
        if not number:
            causes.required(f"{here}.containerPort")
        else:
            causes.invalid_each(f"{here}.containerPort", number, port_number(number))
        number = port.get("hostPort")
        if number:
            causes.invalid_each(f"{here}.hostPort", number, port_number(number))
        protocol = port.get("protocol")
        if protocol not in _PROTOCOLS:
            causes.unsupported(f"{here}.protocol", protocol, _PROTOCOLS)


def _check_host_ports(containers: Sequence[Fields], at: str, causes: Causes) -> None:
    seen: set[str] = set()
    for index, each in enumerate(containers):
        for number, port in enumerate(each.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            text = f"{port.get('protocol')}/{port.get('hostIP') or ''}/{port['hostPort']}"
            if text in seen:
                causes.duplicate(f"{at}[{index}].ports[{number}].hostPort", text)
            seen.add(text)


def _check_environment(variables: Sequence[Fields], at: str, causes: Causes) -> None:
    for index, each in enumerate(variables):
        name = each.get("name") or ""
        if not name:
            causes.required(f"{at}[{index}].name")
        else:
            wrong = environment_name(name)
            if wrong:
                causes.invalid_each(f"{at}[{index}].name", name, wrong)
        source = each.get("valueFrom")
        if source is not None:
            here = f"{at}[{index}].valueFrom"
            _check_value_source(source, here, causes)
            number = sum(field in source for field in _SOURCES)
            if not number:
                detail = (
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                    "`secretKeyRef` or `fileKeyRef`"
                )
                causes.invalid(here, "", detail)
            elif each.get("value"):
                causes.invalid(here, "", "may not be specified when `value` is not empty")
            elif number > 1:
                causes.invalid(here, "", "may not have more than one field specified at a time")


def _check_value_source(source: Fields, at: str, causes: Causes) -> None:
    if "fieldRef" in source:
        _check_field_reference(source["fieldRef"], f"{at}.fieldRef", causes)
    if "resourceFieldRef" in source:
        resource = source["resourceFieldRef"].get("resource") or ""
        here = f"{at}.resourceFieldRef.resource"
        if not resource:
            causes.required(here)
        elif resource not in _RESOURCE_FIELDS and not resource.startswith(_HUGE_FIELDS):
            causes.unsupported(here, resource, _RESOURCE_FIELDS)
    for field in ("configMapKeyRef", "secretKeyRef"):
        if field in source:
            name, key = (source[field].get(part) or "" for part in ("name", "key"))
            causes.invalid_each(f"{at}.{field}.name", name, dns_subdomain(name))
            if not key:
                causes.required(f"{at}.{field}.key")
            else:
                causes.invalid_each(f"{at}.{field}.key", key, config_key(key))


def _check_field_reference(reference: Fields, at: str, causes: Causes) -> None:
    path = reference.get("fieldPath") or ""
    if not path:
        causes.required(f"{at}.fieldPath")
        return
    base, bracket, key = path.partition("['")
    if bracket and path.endswith("']") and base in {"metadata.annotations", "metadata.labels"}:
        key = key.removesuffix("']")
        shown = key.lower() if base.endswith("annotations") else key
        causes.invalid_each(at, shown, label_key(shown))
    elif path not in _FIELD_PATHS:
        if path in {"metadata.annotations", "metadata.labels"}:
            causes.unsupported(f"{at}.fieldPath", path, _FIELD_PATHS)
        else:
            detail = f"error converting fieldPath: field label not supported: {path}"
            causes.invalid(f"{at}.fieldPath", path, detail)


def _check_environment_sources(sources: Sequence[Fields], at: str, causes: Causes) -> None:
    for index, each in enumerate(sources):
        prefix = each.get("prefix")
        if prefix:
            causes.invalid_each(f"{at}[{index}].prefix", prefix, environment_name(prefix))
        given = [field for field in ("configMapRef", "secretRef") if field in each]
        for field in given:
            name = each[field].get("name") or ""
            if not name:
                causes.required(f"{at}[{index}].{field}.name")
            else:
                causes.invalid_each(f"{at}[{index}].{field}.name", name, dns_subdomain(name))
        if not given:
            causes.invalid(at, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            causes.invalid(at, "", "may not have more than one field specified at a time")


def _check_restarts(container: Fields, at: str, causes: Causes) -> None:
    """Check when a container is started again, where it says so itself."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None:
        if rules:
            detail = "must specify restartPolicy when restart rules are used"
            causes.required(f"{at}.restartPolicy", detail)
    elif policy not in _RESTART_POLICIES:
        causes.unsupported(f"{at}.restartPolicy", policy, _RESTART_POLICIES)
    for index, rule in enumerate(rules):
        here = f"{at}.restartPolicyRules[{index}]"
        if rule.get("action") not in _RESTART_ACTIONS:
            causes.unsupported(f"{here}.action", rule.get("action") or "", _RESTART_ACTIONS)
        codes = rule.get("exitCodes")
        if codes is None:
            causes.required(f"{here}.exitCodes", "must be specified")
        elif codes.get("operator") not in _RESTART_OPERATORS:
            operator = codes.get("operator") or ""
            causes.unsupported(f"{here}.exitCodes.operator", operator, _RESTART_OPERATORS)


def _check_security(context: Fields, at: str, causes: Causes) -> None:
    for field in ("runAsUser", "runAsGroup"):
        if field in context:
            causes.invalid_each(f"{at}.{field}", context[field], identity(context[field]))
    if context.get("allowPrivilegeEscalation") is False and context.get("privileged"):
        detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        causes.invalid(at, dict(context), detail)
