"""A running gateway: its listeners, and its sessions as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from lmwire.addresses import endpoint
from lmwire.gateway.records import SessionRecord
from lmwire.gateway.status import GatewayStatus, StatusList
from lmwire.report.json import document
from lmwire.report.layout import Column
from lmwire.report.look import PLAIN, Look
from lmwire.report.text import Page

__all__ = ["GatewayStatusJson", "status_json", "status_text"]

_HEADS: Final = ("client", "user", "vendor daemon", "at", "open for", "up", "down")
_WIDTHS: Final = (15, 0, 11, 16, 8, 6, 6)
_FIGURES: Final = frozenset({4, 5, 6})
_SHOWN: Final = 200
"""Sessions of one listener that are listed; --format json has all."""


class GatewayStatusJson(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema", tag="lmwire.gateway-status/1"):
    """The document of `lmwire gateway status --format json`."""

    gateways: tuple[GatewayStatus, ...]


def status_json(listed: StatusList, _look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return all that the gateways told."""
    return document(GatewayStatusJson(gateways=listed.gateways))


def status_text(listed: StatusList, look: Look = PLAIN, _options: Sequence[str] = ()) -> str:
    """Return listeners and sessions for reading."""
    page = Page(look)
    for status in listed.gateways:
        page.blank()
        _head(page, status)
        for listener in status.listeners:
            page.blank()
            place = endpoint(listener.address, listener.port)
            page.paragraph(f"{place} → {listener.target}", "bold")
            ports = ", ".join(f"{vendor} at port {port}" for vendor, port in listener.vendors.items())
            page.paragraph(ports or "No client has asked for a vendor daemon yet.")
            sessions = [session for session in status.sessions if session.server == listener.server]
            _table(page, sessions[:_SHOWN], status)
            if len(sessions) > _SHOWN:
                page.paragraph(f"… and {len(sessions) - _SHOWN} more: --format json shows all.")
    return page.finish()


def _head(page: Page, status: GatewayStatus) -> None:
    count = len(status.sessions)
    state = "accepts no more, waits for its sessions" if status.draining else "listens"
    page.paragraph(
        f"Gateway with pid {status.pid}, lmwire {status.lmwire}: {state}; since {status.since:%Y-%m-%d %H:%M:%S} UTC; "
        f"{count} session{'s' * (count != 1)} open, {status.total} ended."
    )


def _table(page: Page, sessions: Sequence[SessionRecord], status: GatewayStatus) -> None:
    if not sessions:
        return
    room = max(page.look.width - sum(_WIDTHS) - len(_WIDTHS) + 1, 9)
    widths = [width or room for width in _WIDTHS]
    rows = [_HEADS, *(_cells(session, status) for session in sorted(sessions, key=lambda one: one.time))]
    for number, cells in enumerate(rows):
        page.row(
            *(
                Column(page.text(cell, "" if number else "dim"), width, right=index in _FIGURES)
                for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
        )


def _cells(session: SessionRecord, status: GatewayStatus) -> tuple[str, ...]:
    who = session.client
    names = f"{who.user}@{who.host}" if who.user or who.host else "…"
    return (
        session.peer,
        names,
        session.vendor or "…",
        session.vendor_daemon or "not reached",
        _duration(status.time - session.time),
        _size(session.bytes_up),
        _size(session.bytes_down),
    )


def _duration(long: timedelta) -> str:
    seconds = max(int(long.total_seconds()), 0)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} m"
    return f"{minutes} m {seconds} s" if minutes else f"{seconds} s"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - decimal units
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.0f} TB"
