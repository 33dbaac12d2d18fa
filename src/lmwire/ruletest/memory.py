"""Whether loaded rules can treat two equal connections in two ways: by what came before, by time, or by chance. Pure.

Where they cannot, several SYNs from several ports tell as much as one that is repeated for seconds, and the packets of
one diagnosis do not change what another one meets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["has_memory"]

_STATES: Final = frozenset({"limit", "quota", "ct count", "numgen", "jhash", "symhash", "set", "meter", "flow", "last"})
"""Keys of nft's JSON whose result changes from packet to packet. The key "set" with an "op" changes a set."""
_CHANGING_META: Final = frozenset({"hour", "day", "time", "random", "cpu"})
_STEADY_XT: Final = frozenset(
    {
        *("tcp", "udp", "icmp", "icmp6", "multiport", "conntrack", "state", "comment", "mark", "connmark", "mac"),
        *("iprange", "addrtype", "physdev", "pkttype", "length", "dscp", "tos", "ttl", "hl", "owner", "set", "helper"),
        *("policy", "rpfilter", "socket", "tcpmss", "realm", "ipv6header", "rt", "frag", "hbh", "dst", "eui64", "esp"),
        *("ah", "connlabel", "cgroup", "devgroup", "ecn"),
        *("LOG", "NFLOG", "REJECT", "MARK", "CONNMARK", "CT", "NOTRACK", "TCPMSS", "TRACE", "CHECKSUM", "CLASSIFY"),
        *("DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP", "DSCP", "TOS", "TTL", "HL", "ACCEPT", "DROP", "TPROXY"),
        *("SECMARK", "CONNSECMARK", "AUDIT", "SYNPROXY"),
    }
)
"""Matches and targets of iptables that treat equal packets of equal connections alike."""
_LOGGING: Final = frozenset({"match", "counter", "log", "limit", "xt"})
_LOGGING_XT: Final = frozenset({"LOG", "NFLOG", "limit", "hashlimit"})
_NOT_TCP: Final = frozenset({"udp", "udplite", "icmp", "icmpv6", "igmp", "sctp", "dccp", "esp", "ah", "comp"})
_PROTOCOL_FIELDS: Final = frozenset({"protocol", "nexthdr"})
_TCP: Final = frozenset({"tcp", 6})
_EPHEMERAL: Final = range(32_768, 61_000)
_WORDS: Final = re.compile(
    r"\b(?:limit|quota|ct count|numgen|jhash|symhash|meter|flow|last|hour|day|time|random|xt|(?:add|update|delete) @)"
)


def has_memory(listed: str, ports: frozenset[int]) -> bool:
    """Return whether the rules may treat equal connections to these ports differently.

    Args:
        listed: the output of `nft -j list ruleset`. What cannot be read has a memory.
        ports: the ports that license clients connect to.
    """
    try:
        return any(_entry_has(entry, ports) for entry in json.loads(listed)["nftables"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return True


def _entry_has(entry: Mapping[str, Any], ports: frozenset[int]) -> bool:
    if "rule" in entry:
        return _rule_has(entry["rule"]["expr"], ports)
    return any(_is_state(each) for kind in ("set", "map") for each in entry.get(kind, {}).get("stmt", ()))


def _rule_has(expressions: list[Any], ports: frozenset[int]) -> bool:
    if _only_logs(expressions):
        return False
    for expression in expressions:
        if isinstance(expression, Mapping) and "match" in expression:
            match = expression["match"]
            if _excludes(match, ports):
                return False  # no packet of a license client comes further
            if _splits_clients(match):
                return True
        if _is_state(expression):
            return True
    return False


def _only_logs(expressions: list[Any]) -> bool:
    """Whether the rule counts and logs, and decides nothing."""
    kinds = [kind for each in expressions for kind in (each if isinstance(each, Mapping) else ("?",))]
    names = {each["xt"].get("name") for each in expressions if isinstance(each, Mapping) and "xt" in each}
    logs = "log" in kinds or bool(names & {"LOG", "NFLOG"})
    return logs and set(kinds) <= _LOGGING and names <= _LOGGING_XT | (_STEADY_XT - {"set"})


def _is_state(expression: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(expression, str):  # an anonymous chain, or a name
        return "{" in expression and bool(_WORDS.search(expression))
    if isinstance(expression, list):
        return any(map(_is_state, expression))
    if not isinstance(expression, Mapping):
        return False
    return any(
        _is_key_state(key, value) or (key != "comment" and _is_state(value)) for key, value in expression.items()
    )


def _is_key_state(key: str, value: Any) -> bool:  # noqa: ANN401 - JSON
    if key == "xt":
        return not isinstance(value, Mapping) or value.get("name") not in _STEADY_XT
    if key == "meta":
        return isinstance(value, Mapping) and value.get("key") in _CHANGING_META
    if key == "flags":  # of NAT
        return "random" in str(value)
    return key in _STATES and (key != "set" or _changes_set(value))


def _changes_set(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, Mapping) and "op" in value


def _excludes(match: Mapping[str, Any], ports: frozenset[int]) -> bool:
    """Whether a match is about another protocol than TCP, or about other ports."""
    if match.get("op") not in {"==", "in"}:
        return False
    left, right = match.get("left"), match.get("right")
    if not isinstance(left, Mapping):
        return False
    payload, meta = left.get("payload", {}), left.get("meta", {})
    if payload.get("protocol") in _NOT_TCP:
        return True
    if payload.get("field") in _PROTOCOL_FIELDS or meta.get("key") == "l4proto":
        return not any(value in _TCP or isinstance(value, Mapping) for value in _values(right))
    if payload.get("protocol") in {"tcp", "th"} and payload.get("field") == "dport":
        return _covers(right, lambda numbers: _treats_clients_alike(numbers) and not ports & set(numbers))
    return False


def _splits_clients(match: Mapping[str, Any]) -> bool:
    """Whether a match is true for some of the ports that clients connect from, and not for others."""
    left = match.get("left")
    payload = left.get("payload", {}) if isinstance(left, Mapping) else {}
    if payload.get("protocol") not in {"tcp", "th"} or payload.get("field") not in {"sport", "dport"}:
        return False
    return not _covers(match.get("right"), _treats_clients_alike)


def _treats_clients_alike(numbers: range) -> bool:
    """Whether these are all of the ports that clients connect from, or none of them, or a single one."""
    first, last = _EPHEMERAL[0], _EPHEMERAL[-1]
    outside = numbers[-1] < first or numbers[0] > last
    return outside or len(numbers) == 1 or (numbers[0] <= first and numbers[-1] >= last)


def _values(right: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    yield from right["set"] if isinstance(right, Mapping) and isinstance(right.get("set"), list) else (right,)


def _covers(right: Any, holds: Callable[[range], bool]) -> bool:  # noqa: ANN401 - JSON
    """Whether every value is a port or a range of ports, for which `holds` is true."""
    found = list(map(_numbers, _values(right)))
    return all(numbers is not None and holds(numbers) for numbers in found)


def _numbers(value: Any) -> range | None:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping) and "range" in value:
        ends: Iterable[Any] = value["range"]
        first, last = ends
        if isinstance(first, int) and isinstance(last, int) and first <= last:
            return range(first, last + 1)
    return range(value, value + 1) if isinstance(value, int) else None
