"""Security groups of AWS, for its command line and for Terraform. They are stateful and apply to the server itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about, plain
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.quoting import hcl
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["AWS_CLI", "TERRAFORM"]

_DESCRIPTION: Final = 255
"""Maximum characters of a rule's description. It may have every character that `plain` keeps."""
_GROUP: Final = r"sg-[0-9a-f]{8,17}"
_STATE: Final = (
    "A security group allows replies automatically. A network ACL does not: if the server's subnet has one with its "
    "own rules, allow ports 1024-65535 out to the clients there."
)
_RANGES: Final = {4: ("IpRanges", "CidrIp"), 6: ("Ipv6Ranges", "CidrIpv6")}
_VARIABLE: Final = "license_server_security_group_id"


def _cli(given: WriterInput) -> Iterator[str]:
    undo = "Undo, also before you run it again: the same commands with revoke-security-group-ingress."
    yield "#!/bin/sh"
    yield from commented("#", opening_lines(given, _STATE, undo))
    yield "set -eu"
    permissions = shlex.quote(json.dumps([_permission(flow) for flow in given.flows], indent=2))
    yield f"aws ec2 authorize-security-group-ingress --group-id {given.into} --ip-permissions {permissions}"


def _permission(flow: AllowedFlow) -> dict[str, object]:
    ranges, address = _RANGES[flow.version]
    description = plain(about(flow.rule, _DESCRIPTION), _DESCRIPTION)
    return {
        "IpProtocol": "tcp",
        "FromPort": flow.port,
        "ToPort": flow.port,
        ranges: [{address: str(source), "Description": description} for source in flow.sources],
    }


def _terraform(given: WriterInput) -> Iterator[str]:
    yield from commented("#", opening_lines(given, _STATE))
    variable = f"{_VARIABLE}_{given.name.replace('-', '_')}"
    yield f'variable "{variable}" {{'
    yield "  type        = string"
    yield '  description = "Security group of the license server"'
    if given.into:
        yield f'  default     = "{given.into}"'
    yield "}"
    for flow in given.flows:
        for number, source in enumerate(flow.sources, start=1):
            yield ""
            yield from _resource(flow, number, source, variable)


def _resource(flow: AllowedFlow, number: int, source: Network, variable: str) -> Iterator[str]:
    # A resource has one network. With a list, Terraform changes all later resources when one is removed.
    name = f"{flow.name.replace('-', '_')}_{number}"
    yield f'resource "aws_vpc_security_group_ingress_rule" "{name}" {{'
    yield f"  security_group_id = var.{variable}"
    yield f"  description       = {hcl(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
    yield f'  cidr_ipv{flow.version}         = "{source}"'
    yield '  ip_protocol       = "tcp"'
    yield f"  from_port         = {flow.port}"
    yield f"  to_port           = {flow.port}"
    yield "}"


AWS_CLI: Final = RuleWriter(
    write=_cli,
    places=(FirewallPlace.SERVER,),
    into=Into(what="the security group's id", pattern=_GROUP, example="sg-0123456789abcdef0", usual={}),
)
TERRAFORM: Final = RuleWriter(
    write=_terraform,
    places=(FirewallPlace.SERVER,),
    into=Into(
        what="the security group's id", pattern=_GROUP, example="sg-0123456789abcdef0", usual={FirewallPlace.SERVER: ""}
    ),
)
