"""Check Point: objects and access rules by its management API, as a script of mgmt_cli commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.quoting import shell
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines, testing

__all__ = ["CHECK_POINT"]

_COMMENT: Final = 200
_LOGIN: Final = """\
set -eu
session=$(mktemp)
finish() {
  mgmt_cli discard -s "$session" >/dev/null 2>&1 || :
  mgmt_cli logout -s "$session" >/dev/null 2>&1 || :
  rm -f "$session"
}
trap finish EXIT
mgmt_cli login ${MGMT_LOGIN:--r true} > "$session"
"""
_FUNCTIONS: Final = """\
object() {
  kind=$1 name=$2
  shift 2
  verb=add
  if mgmt_cli show "$kind" name "$name" -s "$session" >/dev/null 2>&1; then verb=set; fi
  mgmt_cli "$verb" "$kind" name "$name" "$@" -s "$session"
}
rule() {
  layer=$1 name=$2
  shift 2
  if mgmt_cli show access-rule layer "$layer" name "$name" -s "$session" >/dev/null 2>&1; then
    mgmt_cli set access-rule layer "$layer" name "$name" "$@" -s "$session"
  else
    mgmt_cli add access-rule layer "$layer" position top name "$name" "$@" -s "$session"
  fi
}
"""
"""An object or a rule of that name is changed; else a new one is added, a rule at the top of its layer."""


def _write(given: WriterInput) -> Iterator[str]:
    yield "#!/bin/sh"
    yield from commented(
        "#",
        opening_lines(
            given,
            "Load: run it as sh FILE in expert mode on the management server. Elsewhere: MGMT_LOGIN='user NAME -m "
            "SERVER' sh FILE. It publishes its changes. Then install the policy.",
            f"The rules go to the top of the access layer {given.into}; --into names another one. Check Point allows "
            "replies automatically. Run again, it sets the same objects and rules.",
            testing(given.rules),
            "Undo: mgmt_cli delete access-rule layer LAYER name NAME for each rule, then delete its objects.",
        ),
    )
    yield from _LOGIN.splitlines()
    yield from _FUNCTIONS.splitlines()
    for flow in given.flows:
        yield from _flow(flow, shlex.quote(given.into))
    yield 'mgmt_cli publish -s "$session"'


def _flow(flow: AllowedFlow, layer: str) -> Iterator[str]:
    server = f"{flow.name}-server"
    yield f"object host {server} ip-address {flow.to}"
    sources = ["Any"]
    if not flow.anybody:
        sources = [f"{flow.name}-{_kind(source)}-{number}" for number, source in enumerate(flow.sources, start=1)]
        for name, source in zip(sources, flow.sources, strict=True):
            yield _client(name, source)
    yield f"object service-tcp {flow.name} port {flow.port}"
    listed = " ".join(f"source.{number} {name}" for number, name in enumerate(sources, start=1))
    yield (
        f"rule {layer} {flow.name} {listed} destination.1 {server} service.1 {flow.name} action Accept"
        f" comments {shell(about(flow.rule, _COMMENT), _COMMENT)}"
    )


def _kind(source: Network) -> str:
    return "client" if source.prefixlen == source.max_prefixlen else "clients"


def _client(name: str, source: Network) -> str:
    # A host and a network are two kinds of objects, which cannot share a name: so the name has the kind.
    if source.prefixlen == source.max_prefixlen:
        return f"object host {name} ip-address {source.network_address}"
    return f"object network {name} subnet {source.network_address} mask-length {source.prefixlen}"


CHECK_POINT: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.ROUTER,),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the access layer",
        pattern=r"[A-Za-z0-9_](?:[A-Za-z0-9_. -]{0,60}[A-Za-z0-9_])?",
        example="'Standard Network'",
        usual={FirewallPlace.ROUTER: "Network"},
    ),
)
