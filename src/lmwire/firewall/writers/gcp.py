"""Firewall rules of a VPC network of Google Cloud, for its command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["GCP"]

_DESCRIPTION: Final = 200
_LABEL: Final = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"


def _write(given: WriterInput) -> Iterator[str]:
    network, _, tag = given.into.partition("/")
    yield "#!/bin/sh"
    yield from commented(
        "#",
        opening_lines(
            given,
            f"For instances with the network tag {tag}; tag only the license server. Replies are automatic.",
            "Undo, also before you run it again: gcloud compute firewall-rules delete NAME",
        ),
    )
    yield "set -eu"
    for flow in given.flows:
        yield (
            f"gcloud compute firewall-rules create {flow.name} --network={network} --direction=INGRESS --action=ALLOW"
            f" --rules=tcp:{flow.port} --source-ranges={','.join(str(source) for source in flow.sources)}"
            f" --target-tags={tag} --description={shell(about(flow.rule, _DESCRIPTION), _DESCRIPTION)}"
        )


GCP: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.SERVER,),
    into=Into(
        what="the network and the server's network tag",
        pattern=f"{_LABEL}/{_LABEL}",
        example="default/license-server",
        usual={},
    ),
)
