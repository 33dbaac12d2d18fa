"""Network security groups of Azure, for its command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["AZURE"]

_DESCRIPTION: Final = 140
"""Maximum characters of a rule's description."""
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,78}"
_FIRST: Final = 300


def _write(given: WriterInput) -> Iterator[str]:
    resource_group, _, group = given.into.partition("/")
    yield "#!/bin/sh"
    yield from commented(
        "#",
        opening_lines(
            given,
            "A network security group allows replies automatically. It sees the server's private address.",
            f"Takes free priorities from {_FIRST} on; to change that: PRIORITY=1000 sh FILE. Each must be lower than "
            "that of a rule that denies.",
            f"Undo: az network nsg rule delete --resource-group {resource_group} --nsg-name {group} --name NAME",
        ),
    )
    yield "set -eu"
    yield f"priority=${{PRIORITY:-{_FIRST}}}"
    # Two inbound rules cannot have the same priority. A rule of the same name is replaced, so its priority is free.
    others = " && ".join(["direction=='Inbound'", *(f"name!='{flow.name}'" for flow in given.flows)])
    yield (
        f"taken=$(az network nsg rule list --resource-group {resource_group} --nsg-name {group}"
        f' --query "[?{others}].priority" --output tsv)'
    )
    yield "next_free() {"
    yield '  while printf \'%s\\n\' "$taken" | grep -qx "$priority"; do priority=$((priority + 1)); done'
    yield "}"
    for flow in given.flows:
        sources = " ".join(str(source) for source in flow.sources)
        yield "next_free"
        yield (
            f"az network nsg rule create --resource-group {resource_group} --nsg-name {group} --name {flow.name}"
            f' --priority "$priority" --direction Inbound --access Allow --protocol Tcp'
            f" --source-address-prefixes {sources} --source-port-ranges '*'"
            f" --destination-address-prefixes {flow.to} --destination-port-ranges {flow.port}"
            f" --description {shell(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
        )
        yield "priority=$((priority + 1))"


AZURE: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the resource group and the network security group",
        pattern=f"{_NAME}/{_NAME}",
        example="licensing/licsrv-nsg",
        usual={},
    ),
)
