"""Security groups of AWS, by its command line and by Terraform. They are stateful and stand on the server itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about, plain
from lmwire.firewall.flows import Flow
from lmwire.firewall.model import Network
from lmwire.firewall.names import Place
from lmwire.firewall.quoting import hcl
from lmwire.firewall.writers.order import Into, Order, Writer, commented, opening_lines

__all__ = ["AWS_CLI", "TERRAFORM"]

_DESCRIPTION: Final = 255
"""Characters of a rule's description; of those that `plain` leaves, all are allowed in it."""
_GROUP: Final = r"sg-[0-9a-f]{8,17}"
_STATE: Final = (
    "A security group lets replies out by itself. A network ACL does not: if the server's subnet has one with rules of "
    "its own, it must also let ports 1024-65535 out to the clients."
)
_RANGES: Final = {4: ("IpRanges", "CidrIp"), 6: ("Ipv6Ranges", "CidrIpv6")}
_VARIABLE: Final = "license_server_security_group_id"


def _cli(order: Order) -> Iterator[str]:
    undo = "Take back, also before it is run again: the same command with revoke-security-group-ingress."
    yield "#!/bin/sh"
    yield from commented("#", opening_lines(order, _STATE, undo))
    yield "set -eu"
    permissions = shlex.quote(json.dumps([_permission(flow) for flow in order.flows], indent=2))
    yield f"aws ec2 authorize-security-group-ingress --group-id {order.into} --ip-permissions {permissions}"


def _permission(flow: Flow) -> dict[str, object]:
    ranges, address = _RANGES[flow.version]
    description = plain(about(flow.rule, _DESCRIPTION), _DESCRIPTION)
    return {
        "IpProtocol": "tcp",
        "FromPort": flow.port,
        "ToPort": flow.port,
        ranges: [{address: str(source), "Description": description} for source in flow.sources],
    }


def _terraform(order: Order) -> Iterator[str]:
    yield from commented("#", opening_lines(order, _STATE))
    yield f'variable "{_VARIABLE}" {{'
    yield "  type        = string"
    yield '  description = "Security group of the license server"'
    if order.into:
        yield f'  default     = "{order.into}"'
    yield "}"
    for flow in order.flows:
        for number, source in enumerate(flow.sources, start=1):
            yield ""
            yield from _resource(flow, number, source)


def _resource(flow: Flow, number: int, source: Network) -> Iterator[str]:
    # A resource holds one network, and Terraform would change those behind it if they were numbered by a list.
    name = f"{flow.name.replace('-', '_')}_{number}"
    yield f'resource "aws_vpc_security_group_ingress_rule" "{name}" {{'
    yield f"  security_group_id = var.{_VARIABLE}"
    yield f"  description       = {hcl(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
    yield f'  cidr_ipv{flow.version}         = "{source}"'
    yield '  ip_protocol       = "tcp"'
    yield f"  from_port         = {flow.port}"
    yield f"  to_port           = {flow.port}"
    yield "}"


AWS_CLI: Final = Writer(
    write=_cli,
    places=(Place.SERVER,),
    into=Into(what="the security group's id", pattern=_GROUP, example="sg-0123456789abcdef0", usual={}),
)
TERRAFORM: Final = Writer(
    write=_terraform,
    places=(Place.SERVER,),
    into=Into(what="the security group's id", pattern=_GROUP, example="sg-0123456789abcdef0", usual={Place.SERVER: ""}),
)
