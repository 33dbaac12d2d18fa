"""From what an application shows to what it means and what to run next. Pure: finds and explains, prints nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from lmwire.diagnosis.verdicts import VerdictId
from lmwire.errorcodes.codes import (
    Code,
    MinorCode,
    Network,
    error_code,
    minor_codes,
    normalise_minus,
    parse_code,
    system_errors,
)
from lmwire.explanations.code_index import VERDICTS, fitting_first, verdicts_for
from lmwire.explanations.code_search import codes_in, system_errors_in
from lmwire.explanations.known_messages import MESSAGES, KnownMessage
from lmwire.explanations.log_lines import log_faults
from lmwire.explanations.single_words import (
    ExplainedVerdict,
    codes_of_symbol,
    explain_verdict,
    explain_word,
    file_kind,
    near_names,
)
from lmwire.ports import MAX_PORT
from lmwire.text import printable
from lmwire.vendors import Product, find_products

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_TEXT", "Explanation", "Hit", "explain"]

MAX_TEXT: Final = 100_000
"""Characters of a pasted text that are searched; what follows is cut off."""

_MAX_HITS: Final = 20
_MAX_SERVERS: Final = 3
_SHOWN: Final = 160
_HOST: Final = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9._-]{0,252})"
_SERVER: Final = re.compile(
    rf"(?:(?<![\w.@-])[0-9]{{1,5}}|(?<=[:;=])|(?<=[:;=] ))@{_HOST}(?:,[0-9]{{0,5}}@{_HOST}){{0,2}}", re.ASCII
)
_SERVER_NAME: Final = re.compile(
    rf"\bserver name: ?(?P<named>{_HOST})|(?<![\w.-])(?P<up>{_HOST}): license server (?:up|down)",
    re.IGNORECASE | re.ASCII,
)
_VENDOR: Final = re.compile(
    r"\bvendor daemon(?: name)?: ?(?P<named>\w{1,60})|(?<![\w.-])(?P<up>\w{1,60}): up v[0-9]", re.IGNORECASE | re.ASCII
)

_NOTHING: Final = (
    "This text has no FlexNet error code, and no message that lmwire knows. Paste the application's whole "
    'message: the lines with "FlexNet Licensing error", "License path" and "System Error" matter most. A '
    "verdict, a vendor daemon or a product can be asked for by its name. Without any of that, `lmwire diagnose` "
    "on the application's machine tells whether the license server can be reached"
)
_OF_PRODUCT: Final = (
    "To see whether the application can reach its license server and vendor daemon, run on the application's machine"
)
_NOT_FLEXNET: Final = "FlexNet does not license this product, and lmwire does not speak its license manager's protocol"
_ANY_SERVER: Final = "lmwire diagnose 27000@licsrv"
_OF_SERVER: Final = "This text names no error, but a license server. To walk to it, run on the application's machine"
_OF_VERDICT: Final = "To get a diagnosis of your own license path, run on the application's machine"
_LOCAL: Final = "The network is not the cause. To make sure that the whole path works"
_SERVER_LOG: Final = (
    "The network is not the cause: lmgrd answers. Read the server's debug log first. To see that the way to lmgrd is "
    "open"
)
_UNKNOWN: Final = (
    "lmwire does not know whether the network is the cause. To see whether the license server can be reached, run on "
    "the application's machine"
)
_SUSPECT: Final = "The network may be the cause. To see where the path breaks, run on the application's machine"


def _distinct(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something found in the text, explained. All strings are safe to print.

    Attributes:
        kind: an error code, a known sentence, or a system error number that belongs to no code.
        found: the place in the text.
        code: the code, or the one that the sentence stands for; None where there is none.
        name: symbol of the code; may be empty.
        meanings: what it means, the most specific first.
        notes: what else is known.
        system: what the system's error number says, a line for each system.
        network: whether the network is suspect.
        verdicts: ids of the verdicts that lead to it.
        sources: where the meanings are from.
    """

    kind: Literal["code", "message", "system"]
    found: str
    code: Code | None
    name: str = ""
    meanings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    network: Network
    verdicts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether lmwire knows what it means; a number may just look like a code."""
        return self.kind != "code" or bool(self.sources)


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a text says about a license server. All strings are safe to print.

    Attributes:
        hits: in the order of the text, each code and sentence once.
        network: the worst of the hits; "maybe" when there are none.
        advice: what to do next, or what to paste instead; one sentence without a full stop.
        command: the command to run; empty when nothing was found.
        servers: servers that the text names, as license path entries.
        vendor: vendor daemon that the text names; may be empty.
        products: what the text names, when it is the name of a vendor daemon or a product and nothing else.
        verdict: the verdict whose id the text is; None when the text is not one.
        told: whether the advice itself tells what the text, a single word, means.
        truncated: whether the text was longer than MAX_TEXT.
    """

    hits: tuple[Hit, ...]
    network: Network
    advice: str
    command: str = ""
    servers: tuple[str, ...] = ()
    vendor: str = ""
    products: tuple[Product, ...] = ()
    verdict: ExplainedVerdict | None = None
    told: bool = False
    truncated: bool = False

    @property
    def known(self) -> bool:
        """Whether there is anything in the text that lmwire knows."""
        if self.hits:
            return any(hit.known for hit in self.hits)
        return bool(self.products or self.command or self.told)


_LONGEST_LIST: Final = 400
# A comma before a minus begins another code; one before a digit belongs to the code.
_BETWEEN_CODES: Final = re.compile(r"(?:[,;\s]|\band\b|\bor\b)+(?=-)", re.IGNORECASE)


def explain(text: str, *, verdicts: Mapping[str, tuple[str, ...]] = VERDICTS) -> Explanation:
    """Explain an error code, a vendor daemon, a product, or every code and known sentence in a text; never raises.

    Args:
        text: `-96,491`, `ibmratl`, or an application's whole dialog, lmstat's output, some lines of a log.
        verdicts: see `verdicts_for`.
    """
    verdict = explain_verdict(text[:_SHOWN])
    if verdict is not None:
        return Explanation(hits=(), network="maybe", advice=_OF_VERDICT, command=_ANY_SERVER, verdict=verdict)
    word = explain_word(text[:_SHOWN])
    if word is not None:
        advice, command = word
        return Explanation(hits=(), network="maybe", advice=advice, command=command, told=True)
    readings = parse_code(text) or _several_codes(text) or codes_of_symbol(text[:_SHOWN])
    cut = text[:MAX_TEXT]
    flat = " ".join(normalise_minus(cut).split())
    hits = (
        [_code_hit(code, printable(text.strip(), _SHOWN), verdicts) for code in readings][:_MAX_HITS]
        if readings
        else _search(cut, flat, verdicts)
    )
    truncated = len(text) > MAX_TEXT
    products = () if hits else find_products(flat)
    if products:
        return _of_products(products)
    if not hits:
        return _without_error(text, flat, truncated=truncated)
    network: Network = next((each for each in ("yes", "maybe") if any(hit.network == each for hit in hits)), "no")
    servers, vendor = _servers(flat), _vendor(flat)
    return Explanation(
        hits=tuple(hits),
        network=network,
        advice=_advice(hits, network),
        command=shlex.join(["lmwire", "diagnose", *servers, *(("--vendor", vendor) if vendor else ())]),
        servers=servers,
        vendor=vendor,
        truncated=truncated,
    )


def _advice(hits: list[Hit], network: Network) -> str:
    if not any(hit.known for hit in hits):
        return _UNKNOWN
    if network != "no":
        return _SUSPECT
    down = any(VerdictId.VENDOR_DAEMON_DOWN in hit.verdicts for hit in hits)
    return _SERVER_LOG if down else _LOCAL


def _without_error(text: str, flat: str, *, truncated: bool) -> Explanation:
    """Explain a text without an error: it may name a file or a server."""
    advice, command = file_kind(text[: 2 * _SHOWN]) or (_nothing(text[: 2 * _SHOWN]), "")
    servers = _servers(flat)
    if servers and not command:
        advice, command = _OF_SERVER, shlex.join(["lmwire", "diagnose", *servers])
    return Explanation(hits=(), network="maybe", advice=advice, command=command, servers=servers, truncated=truncated)


def _nothing(word: str) -> str:
    near = near_names(word)
    if not near:
        return _NOTHING
    listed = " or ".join(f"`lmwire explain {name}`" for name in near)
    return f"lmwire does not know that name. Did you mean {listed}?"


def _of_products(found: tuple[Product, ...]) -> Explanation:
    """Explain a product instead of an error: what to run for the first of them that is FlexNet's."""
    told = tuple(msgspec.structs.replace(product, steps=product.pin_steps(product.port_to_pin)) for product in found)
    first = next((product for product in found if product.flexnet), None)
    if first is None:
        return Explanation(hits=(), network="maybe", advice=_NOT_FLEXNET, products=told)
    lmgrd = next((ports.first for ports in first.lmgrd_ports), 27000)
    vendor = next(iter(first.vendor_daemons), "")
    option = ("--vendor", vendor) if vendor else ()
    command = shlex.join(["lmwire", "diagnose", f"{lmgrd}@licsrv", *option])
    return Explanation(hits=(), network="maybe", advice=_OF_PRODUCT, command=command, vendor=vendor, products=told)


def _several_codes(text: str) -> tuple[Code, ...]:
    """Read a text that is nothing but error numbers: `-16 -97`, `-15, -16 or -97`."""
    if len(text) > _LONGEST_LIST:
        return ()
    parts = [part for part in _BETWEEN_CODES.split(normalise_minus(text.strip())) if part]
    each = [parse_code(part) for part in parts]
    return tuple(dict.fromkeys(code for readings in each for code in readings)) if all(each) else ()


def _search(text: str, flat: str, verdicts: Mapping[str, tuple[str, ...]]) -> list[Hit]:
    codes = codes_in(flat, lambda code: code.minor is not None and bool(_exact(code)))
    placed = [(position, _code_hit(code, found, verdicts)) for position, found, code in codes]
    majors = {code.major for _, _, code in codes}
    for message in MESSAGES:
        match = message.pattern.search(flat)
        if match is None:
            continue
        if not codes:
            placed.append((match.start(), _message_hit(message, match.group(), verdicts)))
        elif message.adds and (message.major is None or message.major in majors or message.of_log):
            # The code decides. A sentence may only add to it, behind it.
            last = max(place for place, _, _ in codes)
            placed.append((max(match.start(), last + 1), _message_hit(message, match.group(), verdicts)))
    placed += [(len(flat), _log_hit(words)) for words in log_faults(text, bare=not placed)]
    placed += _lone_system_errors(flat, {code.system for _, _, code in codes})
    placed.sort(key=lambda pair: pair[0])
    return [hit for _, hit in placed[:_MAX_HITS]]


def _lone_system_errors(flat: str, explained: set[int | None]) -> Iterator[tuple[int, Hit]]:
    for place, words, number in system_errors_in(flat):
        if number and number not in explained:
            explained.add(number)
            found = printable(words, _SHOWN)
            yield (
                place,
                Hit(kind="system", found=found, code=None, meanings=_system_lines(number), network="maybe"),
            )


def _exact(code: Code) -> list[MinorCode]:
    return [entry for entry in minor_codes(code) if entry.major is not None]


def _log_hit(words: str) -> Hit:
    first = words.partition(": ")[0]
    return Hit(kind="message", found=first[:_SHOWN], code=None, meanings=(words.rstrip("."),), network="no")


def _code_hit(code: Code, found: str, verdicts: Mapping[str, tuple[str, ...]]) -> Hit:
    major, minors = error_code(code.major), minor_codes(code)
    exact = [entry for entry in minors if entry.major is not None]
    return Hit(
        kind="code",
        found=found,
        code=code,
        name=major.name,
        meanings=_distinct((*(entry.meaning for entry in minors), f"{code.major} in general: {major.meaning}"))
        if minors
        else (major.meaning,),
        notes=_distinct(tuple(note for note in (*(entry.note for entry in minors), major.note) if note)),
        system=() if code.system is None else _system_lines(code.system),
        network=exact[0].network if exact else major.network,
        verdicts=fitting_first(verdicts_for(code, verdicts), code.system),
        sources=_distinct(tuple(source for source in (*(each.source for each in minors), major.source) if source)),
    )


def _system_lines(number: int) -> tuple[str, ...]:
    known = tuple(f"{number} on {each.system} is {each.name}: {each.meaning}" for each in system_errors(number))
    lines = known or (f"lmwire does not know the system error number {number}",)
    return (*lines, "It may be stale, left over from an earlier call: the code before the comma counts for more")


def _message_hit(message: KnownMessage, found: str, verdicts: Mapping[str, tuple[str, ...]]) -> Hit:
    major = None if message.major is None else error_code(message.major)
    code = None if message.major is None else Code(message.major)
    return Hit(
        kind="message",
        found=printable(found, _SHOWN),
        code=code,
        name=major.name if major else "",
        meanings=tuple(text for text in (message.meaning, major.meaning if major else "") if text),
        notes=(major.note,) if major and major.note else (),
        network=message.network or (major.network if major else "maybe"),
        verdicts=message.verdicts or (verdicts_for(code, verdicts) if code else ()),
        sources=(major.source,) if major else (),
    )


def _servers(flat: str) -> tuple[str, ...]:
    """Return the servers that the text names, as license path entries; at most a few."""
    entries = [match.group() for match in _SERVER.finditer(flat)]
    without_port = [f"@{match['named'] or match['up']}" for match in _SERVER_NAME.finditer(flat)]
    for message in MESSAGES:
        groups = message.pattern.groupindex
        match = message.pattern.search(flat) if "host" in groups else None
        if match and match["host"]:
            (entries if match["port"] else without_port).append(f"{match['port'] or ''}@{match['host']}")
    entries = entries or without_port
    usable = [entry for entry in entries if _usable(entry)]
    return _distinct(tuple(entry.rstrip(".-") for entry in usable))[:_MAX_SERVERS]


def _usable(entry: str) -> bool:
    members = entry.split(",")
    ports = [member.partition("@")[0] for member in members]
    return len(members) in {1, 3} and all(not port or 1 <= int(port) <= MAX_PORT for port in ports)


def _vendor(flat: str) -> str:
    match = _VENDOR.search(flat)
    if match:
        return match["named"] or match["up"]
    for message in MESSAGES:
        found = message.pattern.search(flat) if "vendor" in message.pattern.groupindex else None
        if found and found["vendor"]:
            return found["vendor"]
    return ""
