"""What holds for every recipe, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from lmwire.gateway.recipes.facts import RecipeFacts, VendorPort
from lmwire.gateway.recipes.forwards import Way
from lmwire.text import printable

__all__ = ["CLOSED_NOTE", "notes_after", "notes_before", "open_note", "silence"]

_SHELL_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", re.ASCII)
CLOSED_NOTE: Final = (
    "The forwarder accepts a connection before it asks the license server. Where that does not answer, clients get a "
    "closed connection instead of a refused one, so they show another error code."
)


def silence(default: str, here: str) -> str:
    """Return why sessions must not time out: what the program does by default, and what this recipe does."""
    return (
        "A license session stays open as long as the application holds its license, and a heartbeat passes every two "
        f"minutes or so. {default} {here}"
    )


def notes_before(facts: RecipeFacts, ways: Sequence[Way]) -> Iterator[str]:
    """Yield what can break the recipe."""
    if facts.trouble:
        yield f"The diagnosis from this machine failed: {facts.trouble}. The forwarder must reach every port above."
    elif not facts.seen:
        yield "The ports are as given; nothing was connected to. The forwarder must reach every port above."
    for name in facts.not_found:
        shown = printable(name, 60)
        yield f"{shown} is not forwarded: lmgrd did not say at which port it listens. Add --vendor {shown}=PORT."
    if not facts.name_given:
        yield "The referral is taken to name the server as TARGET does. If it names another host, add --referral-host."
    first = ways[0]
    if not first.server.vendors:
        yield f"Port {first.server.port} is a vendor daemon's own. Unless it is pinned, it changes at a restart."
        return
    for vendor in _each_vendor(ways):
        yield from _pinning(vendor)
    ports = ", ".join(dict.fromkeys(str(vendor.port) for way in ways for vendor in way.server.vendors))
    yield (
        f"The vendor daemon's port ({ports}) must keep its number on the forwarder: lmgrd's referral names it, and "
        "clients connect to that number."
    )
    if facts.is_triad:
        yield (
            "A triad needs three separate forwards, one for each server, all three in the license path. Load balancing "
            "breaks licensing: a client must talk to the server that it chose."
        )


def notes_after() -> Iterator[str]:
    """Yield what it means for the license, and the alternative."""
    yield (
        "The license server sees the forwarder's address instead of the client's. INTERNET= and other rules for "
        "addresses in the options file apply to that address. The terms of a license may forbid its use from another "
        "site."
    )
    yield (
        "Where lmwire can run, `lmwire gateway` needs one port, no line in a hosts file, and follows a vendor port "
        "that moves."
    )


def open_note(ways: Sequence[Way], way_to_limit: str) -> str:
    """Return what listening on every address means."""
    ports = ", ".join(dict.fromkeys(str(forward.port) for way in ways for forward in way.forwards))
    return f"Every machine that reaches port {ports} of the forwarder can use the license server. {way_to_limit}"


def _each_vendor(ways: Sequence[Way]) -> list[VendorPort]:
    found: dict[tuple[str, int], VendorPort] = {}
    for way in ways:
        for vendor in way.server.vendors:
            found.setdefault((vendor.name, vendor.port), vendor)
    return list(found.values())


def _pinning(vendor: VendorPort) -> Iterator[str]:
    if vendor.pinned:
        return
    name = printable(vendor.name, 60) if vendor.name else "the vendor daemon"
    known = (
        f"The license file does not pin port {vendor.port} of {name}."
        if vendor.pinned is False
        else f"Whether the license file pins port {vendor.port} of {name} is not known."
    )
    daemon = vendor.name if _SHELL_SAFE.fullmatch(vendor.name) else "DAEMON"
    yield (
        f"{known} A port that is not pinned changes at the next restart of the license service, and this recipe "
        f"breaks. To pin it, run `lmwire license pin FILE {daemon}={vendor.port} --in-place` with the license server's "
        "file, and restart the license service."
    )
