"""From a license file, a diagnosis, a log or known ports to the rules of a firewall, for programs, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lmwire.errors import argument
from lmwire.firewall import FirewallError, FirewallPlace, Language, write
from lmwire.firewall.flows import left_out, only
from lmwire.firewall.model import RuleSet, parse_sources
from lmwire.ports import PRIVILEGED
from lmwire.text import printable
from lmwire.workflows.documents import FirewallRules
from lmwire.workflows.firewall_inputs import GivenFile, GivenForRules, resolved, rules_from
from lmwire.workflows.settings import names_of

__all__ = ["firewall_rules"]


def firewall_rules(
    license_file: GivenFile | None = None,
    *,
    sources: str | Sequence[str],
    language: str = Language.TICKET.value,
    diagnosis: GivenFile | None = None,
    log: GivenFile | None = None,
    ports: str | Sequence[str] = (),
    to: str | Sequence[str] = (),
    resolve: bool = False,
    server: str | None = None,
    at: str | None = None,
    into: str | None = None,
    name: str | None = None,
) -> FirewallRules:
    """Write the rules that let clients open a license server's ports, and nothing else. Changes no firewall.

    A port that is not known, or not pinned and not given by a log or by `ports`, is never guessed.

    Args:
        license_file: the license file that the server itself reads, as a path or a binary stream.
        sources: who may connect: networks or addresses, IPv4 or IPv6; "any" is everybody.
        language: of which firewall: "nftables", "cisco-asa", …; "ticket" is for people.
        diagnosis: what `lmwire diagnose --format json` printed; instead of a license file.
        log: lmgrd's debug log, for the ports in use.
        ports: `PORT` of lmgrd, `PORT:DAEMON` of a vendor daemon.
        to: `ADDRESS` or `SERVER=ADDRESS`, where firewalls want an address or see another one.
        resolve: whether to take the addresses that this machine resolves the server's name to.
        server: the only server to write rules of.
        at: "server" or "router": where the firewall stands. None: where that kind usually stands.
        into: the chain, zone, access list or group that the rules go into.
        name: the name of these rules, for the names of chains, rules and objects. None: the server's name and port.

    Raises:
        LmwireError: a port is not known, what is given contradicts itself (FirewallError), or a file cannot be used.
    """
    given = GivenForRules(
        license_file=license_file, diagnosis=diagnosis, log=log, ports=names_of(ports), to=names_of(to)
    )
    found, notes = rules_from(given)
    found = found if server is None else only(found, server)
    if resolve:
        found, more = resolved(found)
        notes += more
    networks, anybody = parse_sources(names_of(sources))
    opened = RuleSet(sources=networks, rules=found, anybody=anybody)
    text = write(opened, _language(language), at=None if at is None else _place(at), into=into, name=name)
    return FirewallRules(text=text, notes=(*notes, *_notes(opened)), opened=opened)


def _language(text: str) -> Language:
    try:
        return Language(text)
    except ValueError:
        raise FirewallError(
            f"there is no language {printable(text, 40)!r}", f"write one of {', '.join(Language)}"
        ) from None


def _place(text: str) -> FirewallPlace:
    try:
        return FirewallPlace(text)
    except ValueError:
        raise FirewallError(
            f"{argument('at')} is {printable(text, 40)!r}", f"write one of {', '.join(FirewallPlace)}"
        ) from None


def _notes(opened: RuleSet) -> Iterator[str]:
    if opened.anybody:
        yield "anybody may connect by these rules, as you asked: few license servers are meant for the whole Internet"
    for port in dict.fromkeys(rule.port for rule in opened.rules if rule.port < PRIVILEGED):
        yield f"port {port} is below {PRIVILEGED}, unusual for a license server: make sure that nothing else is there"
    for rule in left_out(opened):
        yield f"nothing is opened to {rule.to} port {rule.port}: no source is of IPv{rule.version}"
