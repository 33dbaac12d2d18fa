"""The walk of a FlexNet client along a license path, as a pure model over the evidence.

Measured with unmodified clients of three generations on Linux, in random networks (`tests/networks`):

- A name is one address: the first IPv4 address in the resolver's order, the first IPv6 one only without any IPv4.
- lmgrd is asked once. Ten seconds for the connect (three on Windows), ten for the answer.
- The vendor daemon gets three attempts: at the referral's host, then twice at the license path's own host with the
  referral's port. The first that answers serves.
- An attempt that cannot connect replaces neither the error of a name that does not resolve (-96,7) nor an error that
  came over a connection. Otherwise the last attempt's error is reported. An error, or a damaged answer, is the last.
- A list: each server in turn until one serves. The last error is reported, but "cannot connect to lmgrd" does not
  replace an error that came over a connection.
- A triad: two vendor attempts for each member and three for the last, at the first member's address. The last lmgrd
  is asked twice when it does not answer and has another port than the first. An error or a damaged answer of an lmgrd
  ends the walk.
- `@host` is a list of ten ports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lmwire.addresses import address_used
from lmwire.diagnosis.clientwalk.clients import Client, client
from lmwire.diagnosis.clientwalk.ends import (
    CONNECT_FAILED,
    TIMED_OUT,
    End,
    Met,
    end_of,
    featureless,
    refused,
    unresolved,
)
from lmwire.errors import LmwireError
from lmwire.evidence import Answer, Asked, Connect, Evidence, NameFault, Role, Via
from lmwire.ports import DEFAULT_RANGE, port_dialled

__all__ = ["Outcome", "walk", "walk_path"]

_NO_SUCH_HOST: Final = "-95,378"
_VENDOR_ATTEMPTS: Final = 3
_TRIAD: Final = 3
_UNRESOLVED: Final = "-96,7"
_DOWN: Final = "-97,"
_AFTER_FEATURELESS: Final = "-15,29"
"""What a client reports that found a server without the feature, and then one that it cannot connect to. [obs]"""

_HOST_NOT_FOUND: Final = 11001  # WinSock
_TRY_AGAIN: Final = {False: 11, True: 11002}
_ALWAYS_ITS_OWN: Final = frozenset({11, 104})
"""System errors of a look-up and of a reset, which belong to the code beside them. [obs]"""

_ASKED: Final = 2
"""How often a resolver asks the name servers, by default, before it gives up."""

_LOOK_UPS: Final = 2
"""A client looks a name up twice when the name servers do not answer. [obs]"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a client comes to.

    Attributes:
        served: whether a vendor daemon answers it.
        code: what it reports; None where it reports no network error, or never reports.
        system_error: the system's error that it names beside; None for none.
        seconds: until then; None where it asks again and again, and never reports.
        unknown: why nothing is known; then the rest means nothing.
    """

    served: bool = False
    code: str | None = None
    system_error: int | None = None
    seconds: float | None = None
    unknown: str = ""


class _Unknown(LmwireError):  # noqa: N818 - no error: the evidence leaves it open
    """The evidence does not tell what the client meets."""


class _Endless(LmwireError):  # noqa: N818 - no error, either
    """The client asks again and again."""


def walk(evidence: Evidence, who: Client) -> Outcome:
    """Return what a client comes to that has this one server in its license path."""
    return walk_path([[evidence]], who)


def walk_path(path: Sequence[Sequence[Evidence]], who: Client, *, licensed: bool = True) -> Outcome:
    """Return what a client comes to on a whole license path.

    Args:
        path: for each entry, in order, the evidence of its server, or of the three servers of a triad.
        who: the client.
        licensed: whether the servers have the feature. Without it, as with the mock, a client that is served goes on
            with the next server of a list.
    """
    walker = _Walker(who, licensed=licensed)
    try:
        end = walker.path(path)
    except _Unknown as unknown:
        return Outcome(unknown=str(unknown))
    except _Endless:
        return Outcome()
    if end.served or end == featureless(who):
        return Outcome(served=True, seconds=walker.seconds)
    return Outcome(code=end.code, system_error=end.system_error, seconds=walker.seconds)


class _Walker:
    """One client on its way; `seconds` is its clock."""

    def __init__(self, who: Client, *, licensed: bool) -> None:
        self.who = who
        self.licensed = licensed
        self.seconds = 0.0
        self.buffer = b""
        self.system_error: int | None = None
        self.failed = False
        """Whether a failure, with or without a number, has set `system_error` since lmgrd last answered."""

    def path(self, path: Sequence[Sequence[Evidence]]) -> End:
        kept: End | None = None
        for servers in path:
            end = self._triad(servers) if len(servers) == _TRIAD else self._server(servers[0])
            if end.served and self.licensed:
                return end
            end = self._featureless(end)
            kept = self._last(kept, end)
        if kept is None:
            raise _Unknown("there is no server")
        return kept

    def _as_if_not_reached(self, end: End) -> bool:
        """Whether this client takes an lmgrd whose vendor daemon is down (-97) for one that can't be reached."""
        return self.who.says_legacy_first and end.by_lmgrd and end.code.startswith(_DOWN)

    def _featureless(self, end: End) -> End:
        return featureless(self.who) if end.served else end

    def _last(self, kept: End | None, end: End) -> End:
        """Return which of two errors is reported in the end: the later one, as a rule."""
        stays = kept is not None and kept.protects
        if kept is not None and not kept.connected and self._as_if_not_reached(end) and kept.code != _UNRESOLVED:
            return kept
        # 11.16 keeps an error of a vendor daemon's connection when the next lmgrd answers with an error. [obs]
        weak = not end.replaces or (end.by_lmgrd and self.who.says_legacy_first)
        if kept is None or not (stays and weak):
            return end
        if kept == featureless(self.who):
            return msgspec.structs.replace(kept, code=_AFTER_FEATURELESS, system_error=self.system_error)
        return kept

    # -- one server -------------------------------------------------------------------------------------------

    def _server(self, evidence: Evidence) -> End:
        if evidence.failure:
            raise _Unknown(evidence.failure)
        address = self._address(evidence, Via.TARGET, evidence.host)
        if isinstance(address, End):
            return address
        if evidence.port is None:
            return self._range(evidence, address)
        end = self._lmgrd(evidence, address, evidence.port)
        return self._vendor(evidence, address) if end.answer is Answer.REFERRAL else end

    def _lmgrd(self, evidence: Evidence, address: str, port: int) -> End:
        return self._spend(self._leg(evidence, Role.LMGRD, address, port))

    def _range(self, evidence: Evidence, address: str) -> End:
        kept: End | None = None
        tried = {leg.port for leg in evidence.legs_of(Role.LMGRD)}
        known = {leg.port for leg in evidence.legs if leg.address == address}
        if not tried:
            raise _Unknown("no port of the range was tried")
        confused = False
        for port in DEFAULT_RANGE:
            if port not in tried and kept is None:
                continue
            # lmwire does not knock beyond the port of lmgrd; most often nothing listens there.
            end = self._lmgrd(evidence, address, port) if port in known else self._spend(self._refused())
            # A vendor daemon that is met directly confuses the client, which goes on to the next port. [obs]
            confused = confused or end.served
            if end.answer is Answer.REFERRAL and evidence.referral is not None:
                end = self._vendor(evidence, address)
                if end.served and self.licensed and not confused:
                    return end
            kept = self._last(kept, self._featureless(end))
        return kept or self._refused()

    def _vendor(self, evidence: Evidence, fallback: str | End, attempts: int = _VENDOR_ATTEMPTS) -> End:
        referral = evidence.referral
        if referral is None:
            raise _Unknown("what lmgrd refers to was not seen")
        port = port_dialled(referral.port)
        first = self._named(evidence, port)
        if first.served or first.final:
            return self._of_vendor(first)
        if evidence.used_address(Via.REFERRAL) == fallback:
            self.buffer = b""
        kept = first
        for _ in range(attempts - 1):
            end = (
                self._again(fallback)
                if isinstance(fallback, End)
                else self._spend(self._vendor_leg(evidence, fallback, port))
            )
            if end.served or end.final:
                return self._of_vendor(end)
            # Neither the error of a name nor one that came over a connection gives way to a connect that fails. [obs]
            if end.connected or not (kept.connected or kept.code == _UNRESOLVED):
                kept = end
        return self._of_vendor(kept)

    def _again(self, end: End) -> End:
        """Return the end of one more attempt at a name that did not resolve: its number may be another's."""
        return self._spend(msgspec.structs.replace(end, seconds=0.0, left=self.buffer))

    @staticmethod
    def _of_vendor(end: End) -> End:
        return msgspec.structs.replace(end, replaces=True, protects=end.code != _UNRESOLVED, by_lmgrd=False)

    def _named(self, evidence: Evidence, port: int) -> End:
        """Make the first attempt: at the host that the referral names."""
        referral = evidence.referral
        if referral is not None and not referral.host.strip():
            return self._spend(unresolved(self._resolver_error(NameFault.NOT_FOUND)))
        if port == 0 and evidence.resolution_of(Via.REFERRAL) is None:
            return self._spend(self._vendor_leg(evidence, "", port))
        named = self._address(evidence, Via.REFERRAL, referral.host if referral is not None else "")
        if isinstance(named, End):
            return named
        return self._gone_on(evidence, named) or self._spend(self._vendor_leg(evidence, named, port))

    def _gone_on(self, evidence: Evidence, named: str) -> End | None:
        """Return the end of an attempt that a capture does not show, where it shows that the client went on."""
        tried = evidence.legs_of(Role.VENDOR, Via.REFERRAL)
        unseen = any(leg.address == named and leg.connect is Connect.UNKNOWN for leg in tried)
        own = evidence.legs_of(Role.VENDOR, Via.LMGRD_ADDRESS)
        lmgrd = [leg for leg in evidence.legs_of(Role.LMGRD) if leg.answer is Answer.REFERRAL]
        if not (unseen and own and lmgrd):
            return None
        waited = own[0].at - (lmgrd[-1].at + lmgrd[-1].seconds)
        return self._spend(msgspec.structs.replace(self._refused(), seconds=max(0.0, waited)))

    # -- triads -----------------------------------------------------------------------------------------------

    def _triad(self, servers: Sequence[Evidence]) -> End:
        kept: End | None = None
        if any(evidence.port is None or ":" in evidence.host for evidence in servers):
            raise _Unknown("a triad without ports, or of IPv6 addresses, was not measured")
        first = self._address(servers[0], Via.TARGET, servers[0].host)
        answered = False
        for number, evidence in enumerate(servers):
            last = number == len(servers) - 1
            again = last and evidence.port != servers[0].port
            end, met = self._member(evidence, first, last=last, again=again)
            if end.served:
                return end
            if end.damaged or (end.by_lmgrd and not self._walks_on(end, kept, answered=answered)):
                return end
            # In a triad, the error of a name that lmgrd refers to stays when the next lmgrd can't be reached. [obs]
            stays = answered and kept is not None and kept.code == _UNRESOLVED and not end.replaces
            answered = answered or met
            kept = kept if stays else self._last(kept, end)
        if kept is None:
            raise _Unknown("there is no server")
        return kept

    def _walks_on(self, end: End, kept: End | None, *, answered: bool) -> bool:
        """Whether an error that a member's lmgrd answers does not end the walk along a triad: 11.16 only."""
        return self.who.says_legacy_first and (answered or (kept is not None and self._as_if_not_reached(end)))

    def _member(self, evidence: Evidence, fallback: str | End, *, last: bool, again: bool) -> tuple[End, bool]:
        """Return how a member ends, and whether its lmgrd answered at all. `again`: it is asked a second time."""
        if evidence.failure:
            raise _Unknown(evidence.failure)
        address = self._address(evidence, Via.TARGET, evidence.host)
        if isinstance(address, End) or evidence.port is None:
            return address if isinstance(address, End) else unresolved(None), False
        end = self._lmgrd(evidence, address, evidence.port)
        if again and end.answer is None and not end.final:
            end = self._lmgrd(evidence, address, evidence.port)
        if end.answer is not Answer.REFERRAL:
            return end, end.by_lmgrd
        return self._vendor(evidence, fallback, 3 if last else 2), True

    # -- what the evidence says -------------------------------------------------------------------------------

    def _spend(self, end: End) -> End:
        if end.unknown:
            raise _Unknown(end.unknown)
        self.seconds += end.seconds
        self.buffer = end.left
        error = end.final and not end.damaged
        # The number of the first failure stays until lmgrd refers, and also if it is none: seen of all clients. An
        # error that a server answers takes it away, but not from 11.16.
        if end.answer is Answer.REFERRAL or (error and not self.who.says_legacy_first):
            self.system_error, self.failed = None, False
        if self.who.on_windows:
            return self._on_windows(end)
        if not self.failed or {self.system_error, end.system_error} & _ALWAYS_ITS_OWN:
            self.system_error = end.system_error or self.system_error
        self.failed = self.failed or end.answer is not Answer.REFERRAL
        # A connect that fails always has a number beside it.
        number = self.system_error if end.connected or self.system_error is not None else end.system_error
        return msgspec.structs.replace(end, system_error=number)

    def _on_windows(self, end: End) -> End:
        """Return the end as a Windows client reports it: a time-out after a refused connect names that one's error."""
        if end.code == TIMED_OUT and self.system_error is not None:
            return msgspec.structs.replace(end, code=CONNECT_FAILED, system_error=self.system_error)
        if end.code == CONNECT_FAILED:
            self.system_error = self.system_error or end.system_error
        return end

    def _address(self, evidence: Evidence, via: Via, name: str) -> str | End:
        if via is Via.TARGET and "[" in evidence.target and not self.who.on_windows:
            return self._spend(unresolved(None))  # Linux clients do not understand brackets. [obs]
        if via is Via.TARGET and name.lower() == "this_host" and "@" not in evidence.target:
            return self._this_host()
        look = evidence.resolution_of(via)
        if look is None:
            # A capture need not show the look-up; where the client went is what it found.
            role = Role.LMGRD if via is Via.TARGET else Role.VENDOR
            went = address_used([leg.address for leg in evidence.legs_of(role, via)])
            if went:
                return went
            raise _Unknown(f"the name {name} was never looked up")
        if look.addresses:
            return evidence.used_address(via)
        silent = look.fault is NameFault.NO_ANSWER and look.seconds > 1
        if look.fault is NameFault.OTHER_FAMILY:
            raise _Unknown("only addresses of one IP version were looked for")
        # A capture shows when the questions were asked; as long as between two, the last one was waited for, too.
        waited = look.seconds * (_ASKED if evidence.source == "capture" else 1)
        self.seconds += _LOOK_UPS * waited if silent else look.seconds
        return self._spend(unresolved(self._resolver_error(look.fault)))

    def _this_host(self) -> End:
        """A license file whose SERVER line names no server, read on another machine."""
        if self.who != client():
            raise _Unknown("a license file with this_host was measured with the newest client only")
        return self._spend(End(code=_NO_SUCH_HOST))

    def _resolver_error(self, fault: NameFault | None) -> int | None:
        if fault is NameFault.NO_ANSWER:
            return _TRY_AGAIN[self.who.on_windows]
        return _HOST_NOT_FOUND if self.who.on_windows else None

    def _leg(self, evidence: Evidence, role: Role, address: str, port: int) -> End:
        there = [leg for leg in evidence.legs if (leg.address, leg.port) == (address, port)]
        hellos = [leg for leg in there if leg.asked is not Asked.DLIST]
        # In a range, a port may only have been knocked at; the vendor daemon's turn tells what it answers.
        hellos.sort(key=lambda leg: (leg.established and leg.dialogue is None, leg.role is not role))
        if not hellos:
            raise _Unknown(f"{address} port {port} was not tried")
        return end_of(hellos[0], Met(who=self.who, buffer=self.buffer))

    def _refused(self) -> End:
        return refused(Met(who=self.who, buffer=self.buffer))

    def _vendor_leg(self, evidence: Evidence, address: str, port: int) -> End:
        if port == 0:
            return self._refused()
        referral = evidence.referral
        if referral is not None and (address, port) == (referral.lmgrd_address, referral.lmgrd_port):
            raise _Endless("asks lmgrd again and again")
        end = self._leg(evidence, Role.VENDOR, address, port)
        if end.answer is Answer.REFERRAL:
            raise _Endless("asks lmgrd again and again")
        return end
