"""The answers of a daemon, as a table: dialogue → script. Pure: requests in, messages and stream items out.

No script can grant a license, because the wire has no message for it here. Whatever is well-formed but no part of the
handshake is answered with `W -5`, "no such feature": a healthy server's answer to an application whose feature it does
not have, and so the one refusal that no client takes for a fault of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lmwire.session import HelloReceived, OtherReceived, QueryReceived, UnreadableReceived, VersionReceived
from lmwire.session.idle_echo import BUSY, QUESTION, WILLING
from lmwire.session.text import format_daemons
from lmwire.wire import HelloAnswer, LegacyError, Message, Referral, TextAnswer, Version
from lmwire_mockserver.conversation import DaemonKind, Request
from lmwire_mockserver.faults import ConnectionEnd, StreamItem, Wait
from lmwire_mockserver.scenario import DaemonSettings, Lmgrd, MockDialogue, TextAnswers

__all__ = ["ECHO", "ECHO_BUSY", "SCRIPTS", "DaemonFacts", "Reply", "Script", "answer"]

UNREADABLE: Final = LegacyError(text="-60")
"""The answer of a real lmgrd to a request that it cannot read. [pub]"""

NO_FEATURE: Final = LegacyError(text="-5")
VENDOR_DOWN: Final = LegacyError(text="-97")
NO_QUORUM: Final = LegacyError(text="-20")
"""The error for a redundant set without a majority: clients know its text. That lmgrd sends it is inferred. [inf]"""

ECHO: Final = TextAnswer(text=WILLING)
"""From this answer on, every byte is returned: see `lmwire.session.idle_echo`. No real daemon says it."""

ECHO_BUSY: Final = TextAnswer(text=BUSY)

_QUAD: Final = bytes((11, 19, 6, 0))  # a version quad at 20..23 [pub, unverified]
_PATHS: Final = "/opt/flexnet/licenses/mock.lic\n"  # made up: there is no license file

Reply = tuple[Message | StreamItem, ...]


@dataclass(frozen=True, slots=True)
class DaemonFacts:
    """The facts that a daemon needs to answer.

    Attributes:
        role: its kind.
        name: the vendor daemon's; "lmgrd" for lmgrd.
        setting: its part of the scenario.
        host: its name for its machine.
        referrals: lmgrd's vendor daemons by name; None for one that is down.
        own: a referral to itself, for a vendor daemon that behaves like lmgrd.
        master: the host that lmgrd names to a client that names no vendor daemon; in a triad, the master's.
        quorum: whether enough members of a triad are up.
    """

    role: DaemonKind
    name: str
    setting: DaemonSettings
    host: str
    referrals: Mapping[str, Referral | None]
    own: Referral
    master: str = ""
    quorum: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """The answers of a dialogue.

    Attributes:
        greeting: said before anything is read.
        first: said to the first bytes, whatever they are; nothing that is read later is answered then.
        always: said to any request; None leaves requests to `hello` and the daemon's manners.
        hello: the answer to a hello.
    """

    greeting: Reply = ()
    first: Reply | None = None
    always: Reply | None = None
    hello: Callable[[DaemonFacts, HelloReceived], Reply] | None = None


def _normal(facts: DaemonFacts, request: HelloReceived) -> Reply:
    return _refer(facts, request) if facts.role is DaemonKind.LMGRD else _greet(facts)


def _other_role(facts: DaemonFacts, request: HelloReceived) -> Reply:
    return _greet(facts, request.message.vendor.partition("\0")[0]) if facts.role is DaemonKind.LMGRD else (facts.own,)


def _refer(facts: DaemonFacts, request: HelloReceived) -> Reply:
    if not request.message.vendor.partition("\0")[0]:
        # lmutil begins so: lmgrd answers with the master's host, a vendor daemon and its own version. [pub]
        return (HelloAnswer(vendor=next(iter(facts.referrals), ""), host=facts.master),)
    if not facts.quorum:
        return _refuse(request, NO_QUORUM)
    # lmgrd answers a request for an unknown vendor daemon as for one that is down. [inf]
    referral = facts.referrals.get(request.message.vendor)
    return (referral,) if referral is not None else _refuse(request, VENDOR_DOWN)


def _greet(facts: DaemonFacts, name: str = "") -> Reply:
    # A vendor daemon gives its own name, whomever the client asked for. [inf]
    return (HelloAnswer(vendor=name or facts.name, host=facts.host),)


def _refuse(request: HelloReceived, error: LegacyError) -> Reply:
    # A legacy frame is not an answer to a modern hello: -60 makes the client repeat it as a legacy one. [obs]
    return (error if request.legacy else UNREADABLE,)


def _error(facts: DaemonFacts, request: HelloReceived) -> Reply:
    return _refuse(request, LegacyError(text=str(facts.setting.error)))


def _legacy_only(facts: DaemonFacts, request: HelloReceived) -> Reply:
    return _normal(facts, request) if request.legacy else (UNREADABLE,)


_HTTP: Final = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    b"<html><body>400 Bad Request</body></html>\r\n"
)
_HTTP_SHORT: Final = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
_SSH: Final = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
_TLS_ALERT: Final = bytes.fromhex("15030300020232")  # fatal, decode_error
_NAMELESS: Final = bytes.fromhex("0000000800c0ffee")

# How long "close-on-accept" lets a client speak first, so that it always loses what it said and sees an RST; a client
# that says nothing sees a FIN.
_PATIENCE: Final = 0.1

SCRIPTS: Final[Mapping[MockDialogue, Script]] = {
    MockDialogue.NORMAL: Script(hello=_normal),
    MockDialogue.LEGACY_ONLY: Script(hello=_legacy_only),
    MockDialogue.SILENT: Script(always=()),
    MockDialogue.CLOSE_ON_ACCEPT: Script(greeting=(Wait(_PATIENCE), ConnectionEnd.CLOSE), first=(ConnectionEnd.RESET,)),
    MockDialogue.CLOSE_AFTER_HELLO: Script(always=(ConnectionEnd.CLOSE,)),
    MockDialogue.RESET: Script(always=(ConnectionEnd.RESET,)),
    MockDialogue.ERROR: Script(hello=_error),
    MockDialogue.WRONG_ORDER: Script(hello=_other_role),
    MockDialogue.HTTP: Script(first=(_HTTP, ConnectionEnd.CLOSE)),
    MockDialogue.HTTP_HELD: Script(first=(_HTTP_SHORT,)),
    MockDialogue.SSH: Script(greeting=(_SSH,), first=()),
    MockDialogue.TLS: Script(first=(_TLS_ALERT, ConnectionEnd.CLOSE)),
    MockDialogue.UNKNOWN: Script(first=(_NAMELESS,)),
}


def answer(facts: DaemonFacts, request: Request) -> Reply:
    """Return what the daemon says to `request`."""
    script = SCRIPTS[facts.setting.dialogue]
    if script.first is not None:
        return ()
    if script.always is not None:
        return script.always
    reply: Reply = (UNREADABLE,)
    match request:
        case HelloReceived():
            reply = () if script.hello is None else script.hello(facts, request)
        case QueryReceived():
            reply = _text(facts, request)
        case VersionReceived():
            reply = (Version(quad=_QUAD),)
        case OtherReceived():
            reply = (NO_FEATURE,)
        case UnreadableReceived():
            pass
    return reply


def _text(facts: DaemonFacts, request: QueryReceived) -> Reply:
    if not isinstance(facts.setting, Lmgrd):
        return (ECHO,) if request.message.command == QUESTION else (NO_FEATURE,)
    if facts.setting.text is not TextAnswers.NORMAL:
        return (UNREADABLE,) if facts.setting.text is TextAnswers.REFUSED else ()
    if request.message.command == QUESTION:
        return (ECHO,)
    texts = {"dlist": format_daemons(facts.referrals), "getpaths": _PATHS}
    text = texts.get(request.message.command)
    return (NO_FEATURE,) if text is None else (TextAnswer(text=text),)
