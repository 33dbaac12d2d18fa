"""From a client's look-ups to resolutions, and from the addresses that it connects to back to names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lmwire.addresses import is_address
from lmwire.capture.follow.names import AAAA, Lookup
from lmwire.capture.packets.decode import address
from lmwire.evidence import NameFault, Resolution, Via

__all__ = ["ClientLookups"]

_MOST: Final = 8
"""Addresses of one name that are reported, as the live probe tries them."""

_BEFORE: Final = 0.05
"""Seconds by which packets may stand in the wrong order."""

DNS_PATIENCE: Final = 4.5
"""Seconds after which a look-up counts as unanswered: a bit less than the 5 s after which resolvers ask again, so that
the second question shows that the first had no answer."""


class ClientLookups:
    """The look-ups of one host, and what they show.

    Args:
        lookups: in any order.
        end: Unix time of the last packet of the capture.
    """

    def __init__(self, lookups: Iterable[Lookup], end: float) -> None:
        self._all = sorted(lookups, key=lambda look: look.asked_at)
        self._end = end
        self._leading_to: dict[bytes, list[Lookup]] = {}
        self._beginning_with: dict[str, list[Lookup]] = {}
        for look in self._all:
            self._beginning_with.setdefault(_first_label(look.name), []).append(look)
            for found in look.addresses:
                self._leading_to.setdefault(found, []).append(look)

    def name_of(self, server: bytes, before: float, after: float) -> str | None:
        """Return the last name that had led to `server` by the time of a connect; None when there was no look-up.

        Look-ups since `after`, when the client did something else, count before earlier ones.
        """
        led = [
            look
            for look in self._leading_to.get(server, ())
            if look.answered_at is not None and look.answered_at <= before + _BEFORE
        ]
        recent = [look for look in led if look.asked_at >= after - _BEFORE]
        return (recent or led)[-1].name if led else None

    def resolution(self, name: str, via: Via, since: float, until: float) -> Resolution | None:
        """Return what `name` led to when it was looked up last between two times, or else before; None if never."""
        if is_address(name):
            return Resolution(name=name, via=via, source="literal", addresses=(name,))
        alike = self._beginning_with.get(_first_label(name), ())
        about = [look for look in alike if _is(look.name, name) and look.asked_at <= until]
        fresh = [look for look in about if look.last_asked >= since - _BEFORE]
        # One family is asked for after the other: what was asked along with the last question belongs to it.
        families = {look.kind for look in fresh}
        asked = [*(look for look in _latest(about) if look.kind not in families), *fresh]
        if not asked:
            return None
        found = self._summed_up(name, via, asked)
        stale = any(look.answered_at is None and look.last_asked < since for look in asked)
        # An answer that the client did not wait for was its own, and only the capture lacks it.
        return None if stale and found is not None and found.fault is not None else found

    def _summed_up(self, name: str, via: Via, asked: Sequence[Lookup]) -> Resolution | None:
        first = min(look.asked_at for look in asked)
        answers = [look.answered_at for look in asked if look.answered_at is not None]
        # Look-ups with the search list's domains go before or after; what any of them led to is what counts.
        found = [look for look in asked if look.addresses]
        seconds = max(answers, default=max(look.last_asked for look in asked)) - first
        if found:
            last = [look for look in found if look.name.lower() == found[-1].name.lower()]
            ordered = sorted(last, key=lambda look: look.kind != AAAA)
            addresses = tuple(dict.fromkeys(address(one) for look in ordered for one in look.addresses))
            # Of several look-ups of one name the last tells how long one takes, not the time between them.
            seconds = (last[-1].answered_at or last[-1].asked_at) - last[-1].asked_at
            return Resolution(name=name, via=via, source="capture", addresses=addresses[:_MOST], seconds=seconds)
        fault, detail = self._fault(asked)
        if fault is None:
            return None
        return Resolution(name=name, via=via, source="capture", fault=fault, detail=detail, seconds=seconds)

    def _fault(self, asked: Sequence[Lookup]) -> tuple[NameFault | None, str]:
        last = asked[-1]
        unanswered = [look for look in asked if look.answered_at is None]
        if unanswered:
            waited = self._end - unanswered[-1].asked_at
            return (NameFault.NO_ANSWER, "the capture has no answer") if waited >= DNS_PATIENCE else (None, "")
        if all(look.failed for look in asked):
            if self._half(asked):
                return None, ""
            return NameFault.NOT_FOUND, "NXDOMAIN" if last.code else "no address record"
        return NameFault.NO_ANSWER, f"the name server answers with DNS error {last.code}"

    def _half(self, asked: Sequence[Lookup]) -> bool:
        """Whether a name has no address of one family, and the capture ends before the other was asked for."""
        answered = asked[-1].answered_at
        one_family = len({look.kind for look in asked}) == 1 and not any(look.code for look in asked)
        return one_family and answered is not None and self._end - answered < DNS_PATIENCE

    def failed_names(self) -> list[tuple[str, float, float]]:
        """Return names that led nowhere, with the times of the first and the last look-up."""
        names: dict[str, list[Lookup]] = {}
        for look in self._all:
            names.setdefault(look.name.lower(), []).append(look)
        return [
            (looks[0].name, looks[0].asked_at, looks[-1].last_asked)
            for looks in names.values()
            if not any(look.addresses for look in looks) and self._fault(looks)[0] is not None
        ]


def _first_label(name: str) -> str:
    """Return what a name has in common with itself and a domain of the search list behind it."""
    return name.partition(".")[0].lower()


def _is(asked: str, name: str) -> bool:
    """Whether a look-up of `asked` is one of `name`, as it is or with a domain of the search list."""
    wanted, found = name.rstrip(".").lower(), asked.lower()
    return found == wanted or found.startswith(f"{wanted}.")


def _latest(looks: Sequence[Lookup]) -> list[Lookup]:
    """Return the last look-up with those that were made along with it."""
    return [look for look in looks if looks[-1].asked_at - look.asked_at < DNS_PATIENCE]
