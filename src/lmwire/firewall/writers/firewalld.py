"""firewalld: rich rules, in a zone for the server itself, in a policy for a router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lmwire.firewall.comments import about
from lmwire.firewall.flows import AllowedFlow
from lmwire.firewall.languages import FirewallPlace
from lmwire.firewall.model import Network
from lmwire.firewall.names import shortened
from lmwire.firewall.quoting import bare
from lmwire.firewall.writers.writer import Into, RuleWriter, WriterInput, commented, opening_lines

__all__ = ["FIREWALLD"]

_COMMENT: Final = 200
_DEFAULT_ZONE: Final = ""
_OWN_POLICY: Final = ""
_OWN_PREFIX: Final = "lmw-"
_LONGEST_POLICY: Final = 17
_ALWAYS: Final = "firewall-cmd --permanent"


def _write(given: WriterInput) -> Iterator[str]:
    yield "#!/bin/sh"
    yield from commented("#", opening_lines(given, *_manual(given)))
    yield "set -eu"
    if given.place is FirewallPlace.ROUTER:
        policy = _policy(given)
        # A zone's rich rule applies only to the firewall's own host, a policy (0.9 and newer) to forwarded packets.
        yield f"{_ALWAYS} --info-policy={policy} >/dev/null 2>&1 || {_ALWAYS} --new-policy={policy}"
        yield f"{_ALWAYS} --policy={policy} --add-ingress-zone=ANY"
        yield f"{_ALWAYS} --policy={policy} --add-egress-zone=ANY"
    where = _where(given)
    for flow in given.flows:
        yield f"# {bare(about(flow.rule, _COMMENT), _COMMENT)}"
        for source in flow.sources:
            yield f"{_ALWAYS}{where} --add-rich-rule='{_rich(flow, source)}'"
    yield "firewall-cmd --reload"


def _where(given: WriterInput) -> str:
    if given.place is FirewallPlace.ROUTER:
        return f" --policy={_policy(given)}"
    return f" --zone={given.into}" if given.into != _DEFAULT_ZONE else ""


def _manual(given: WriterInput) -> Iterator[str]:
    if given.place is FirewallPlace.SERVER:
        zone = (
            f"the zone {given.into}" if given.into != _DEFAULT_ZONE else "the default zone (--into names another one)"
        )
        yield f"For the license server itself, into {zone}. firewalld allows replies automatically."
        yield "The zone must be that of the interface to the clients: see firewall-cmd --get-active-zones."
        yield "Undo: the same commands with --remove-rich-rule."
    else:
        policy = _policy(given)
        yield f"For a router, into the policy {policy}. firewalld allows replies automatically."
        if given.into == _OWN_POLICY:
            yield f"Undo: {_ALWAYS} --delete-policy={policy}; firewall-cmd --reload"
        else:
            yield "Undo: the same commands with --remove-rich-rule."


def _policy(given: WriterInput) -> str:
    if given.into != _OWN_POLICY:
        return given.into
    return f"{_OWN_PREFIX}{shortened(given.name, _LONGEST_POLICY - len(_OWN_PREFIX))}"


def _rich(flow: AllowedFlow, source: Network) -> str:
    to = f'destination address="{flow.to}" ' if flow.to else ""
    match = f'rule family="ipv{flow.version}" source address="{source}" {to}'
    return f'{match}port port="{flow.port}" protocol="tcp" accept'


FIREWALLD: Final = RuleWriter(
    write=_write,
    places=(FirewallPlace.SERVER, FirewallPlace.ROUTER),
    bound=frozenset({FirewallPlace.ROUTER}),
    into=Into(
        what="the zone (on a router: the policy)",
        pattern=r"[A-Za-z0-9_][A-Za-z0-9_-]{0,16}",
        example="public",
        usual={FirewallPlace.SERVER: _DEFAULT_ZONE, FirewallPlace.ROUTER: _OWN_POLICY},
    ),
)
