"""The answers of a DNS server to each client: a frozen value, and a pure function from question to answer.

dnspython reads and writes the messages.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

__all__ = ["DnsAnswer", "DnsZone", "Query", "Special", "View", "respond"]

_SECONDS_TO_LIVE = 60
_UDP_WITHOUT_EDNS = 512
_LONGEST = 65_535
_VERSIONS = {dns.rdatatype.A: 4, dns.rdatatype.AAAA: 6}


class Special(enum.Enum):
    """An answer for a name instead of addresses."""

    SERVFAIL = "servfail"
    """The server failed."""
    SILENCE = "silence"
    """The server does not answer."""
    NODATA = "nodata"
    """The name exists, but has no address of the type asked for."""


DnsAnswer = tuple[str, ...] | Special
"""The addresses of a name, of both families, in the order answered; or something special."""


@dataclass(frozen=True, slots=True)
class View:
    """The answers for some clients; a name that is not here does not exist (NXDOMAIN).

    Args:
        names: name → its answer; case and final dot do not matter.
        clients: the networks of the clients who see it; everybody by default.
    """

    names: Mapping[str, DnsAnswer]
    clients: tuple[str, ...] = ("0.0.0.0/0", "::/0")

    def __post_init__(self) -> None:
        names = {_canonical(name): answer for name, answer in self.names.items()}
        for answer in names.values():
            if not isinstance(answer, Special):
                for address in answer:
                    ipaddress.ip_address(address)  # ValueError here rather than silence later
        object.__setattr__(self, "names", MappingProxyType(names))
        for client in self.clients:
            ipaddress.ip_network(client)

    def is_for(self, client: str) -> bool:
        """Return whether the client of this address sees the view."""
        address = ipaddress.ip_address(client)
        return any(address in ipaddress.ip_network(network) for network in self.clients)


@dataclass(frozen=True, slots=True)
class DnsZone:
    """All views of a server. The first view for the client counts; a client without a view gets NXDOMAIN."""

    views: tuple[View, ...]

    @classmethod
    def of(cls, names: Mapping[str, str | Sequence[str] | Special]) -> DnsZone:
        """Return a zone with the same answers for every client.

        >>> DnsZone.of({"licsrv": "192.0.2.7", "broken": Special.SERVFAIL}).lookup("LICSRV.", "192.0.2.1")
        ('192.0.2.7',)
        """
        return cls((View({name: _answer(value) for name, value in names.items()}),))

    def lookup(self, name: str, client: str) -> DnsAnswer | None:
        """Return the answer for `client` about `name`; None when the name does not exist."""
        view = next((view for view in self.views if view.is_for(client)), None)
        return None if view is None else view.names.get(_canonical(name))


@dataclass(frozen=True, slots=True)
class Query:
    """A question that the server got."""

    client: str
    name: str
    type: str
    transport: str


def _canonical(name: str) -> str:
    return name.rstrip(".").lower()


def _answer(value: str | Sequence[str] | Special) -> DnsAnswer:
    if isinstance(value, Special):
        return value
    return (value,) if isinstance(value, str) else tuple(value)


def respond(zone: DnsZone, wire: bytes, client: str, transport: str) -> tuple[Query, bytes | None] | None:
    """Return the question in `wire` and the answer, None for silence; None for a message that is not a question.

    Args:
        zone: the names and their answers.
        wire: the message, without the length that precedes it over TCP.
        client: the address that it came from.
        transport: "udp" or "tcp"; an answer too long for UDP is marked as truncated.
    """
    try:
        asked = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if asked.flags & dns.flags.QR:
        return None
    question = asked.question[0] if asked.question else None
    name = question.name.to_text(omit_final_dot=True) if question is not None else ""
    kind = dns.rdatatype.to_text(question.rdtype) if question is not None else ""
    query = Query(client, name, kind, transport)
    answer = zone.lookup(name, client)
    if answer is Special.SILENCE:
        return query, None
    response = dns.message.make_response(asked, recursion_available=True)
    response.set_rcode(_code(asked, answer))
    if response.rcode() == dns.rcode.NOERROR and question is not None:
        response.flags |= dns.flags.AA
        response.answer += _records(question, answer)
    limit = _LONGEST if transport == "tcp" else max(_UDP_WITHOUT_EDNS, asked.payload)
    return query, response.to_wire(max_size=limit, prefer_truncation=True, want_shuffle=False)


def _code(asked: dns.message.Message, answer: DnsAnswer | None) -> dns.rcode.Rcode:
    if asked.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(asked.question) != 1:
        return dns.rcode.FORMERR
    if asked.question[0].rdclass != dns.rdataclass.IN:
        return dns.rcode.REFUSED
    if answer is Special.SERVFAIL:
        return dns.rcode.SERVFAIL
    return dns.rcode.NXDOMAIN if answer is None else dns.rcode.NOERROR


def _records(question: dns.rrset.RRset, answer: DnsAnswer | None) -> list[dns.rrset.RRset]:
    version = _VERSIONS.get(question.rdtype)
    if not isinstance(answer, tuple) or version is None:
        return []
    texts = [address for address in answer if ipaddress.ip_address(address).version == version]
    if not texts:
        return []
    return [dns.rrset.from_text_list(question.name, _SECONDS_TO_LIVE, question.rdclass, question.rdtype, texts)]
