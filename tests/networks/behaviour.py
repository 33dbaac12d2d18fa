"""How a server process behaves: the mock's settings for it, and how that looks to a client with a clear way to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypedDict

from lmwire_mockserver.faults import Chop, CloseAfter, Corrupt, Delay, Fault, Truncate
from lmwire_mockserver.scenario import Listen, MockDialogue
from tests.networks.plan import Daemon

__all__ = ["BEHAVIOURS", "Behaviour", "Settings", "settings_of"]


class Settings(TypedDict, total=False):
    """What of the mock's settings for a daemon makes up a behaviour."""

    listen: Listen
    dialogue: MockDialogue
    error: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour.

    Attributes:
        seen: how a talk with it ends, or a connect when `port` says so. "normal": as it should; "error": by the code
            that is its number; "swapped": by the other daemon's answer.
        settings: the mock's, from the number.
        speaks: whether it answers with payload, that the way back may then eat.
        banner: whether it speaks first.
        port: whether this is about connects.
        resets: whether it may end by an RST that nothing brings back when it is lost.
        twice: whether it has to be asked twice.
    """

    seen: str
    settings: Callable[[float], Settings]
    speaks: bool = True
    banner: bool = False
    port: bool = False
    resets: bool = False
    twice: bool = False


def _dialogue(dialogue: MockDialogue) -> Callable[[float], Settings]:
    return lambda _number: {"dialogue": dialogue}


def _listen(listen: Listen) -> Callable[[float], Settings]:
    return lambda _number: {"listen": listen}


def _fault(make: Callable[[float], Fault]) -> Callable[[float], Settings]:
    return lambda number: {"faults": (make(number),)}


_ANSWER: Literal["answer"] = "answer"
_REQUEST: Literal["request"] = "request"

BEHAVIOURS: dict[str, Behaviour] = {
    "normal": Behaviour("normal", lambda _number: {}),
    "legacy": Behaviour("normal", _dialogue(MockDialogue.LEGACY_ONLY), twice=True),
    "slow": Behaviour("normal", _fault(lambda seconds: Delay(seconds=seconds, direction=_ANSWER))),
    "slow-reader": Behaviour("normal", _fault(lambda seconds: Delay(seconds=seconds, direction=_REQUEST))),
    "pieces": Behaviour("normal", _fault(lambda size: Chop(size=int(size), gap=0.01))),
    # It can't read the modern hello, says so, and is asked again in the old way.
    "unreadable": Behaviour("normal", _fault(lambda at: Corrupt(offset=int(at), direction=_REQUEST)), twice=True),
    "error": Behaviour("error", lambda code: {"dialogue": MockDialogue.ERROR, "error": int(code)}, twice=True),
    "swapped": Behaviour("swapped", _dialogue(MockDialogue.WRONG_ORDER)),
    "silent": Behaviour("silent", _dialogue(MockDialogue.SILENT), speaks=False),
    "deaf": Behaviour("silent", _fault(lambda size: Truncate(size=int(size), direction=_REQUEST)), speaks=False),
    "mute": Behaviour("silent", _fault(lambda _number: Truncate(size=0)), speaks=False),
    "closes-on-accept": Behaviour("closes", _dialogue(MockDialogue.CLOSE_ON_ACCEPT), speaks=False, resets=True),
    "closes-after-hello": Behaviour("closes", _dialogue(MockDialogue.CLOSE_AFTER_HELLO), speaks=False),
    "closes-unsaid": Behaviour("closes", _fault(lambda _number: CloseAfter(size=0)), speaks=False),
    "resets": Behaviour("closes", _dialogue(MockDialogue.RESET), speaks=False, resets=True),
    "garbled": Behaviour("garbled", _fault(lambda at: Corrupt(offset=int(at)))),
    "cut": Behaviour("garbled", _fault(lambda size: Truncate(size=int(size)))),
    "cut-and-closed": Behaviour("garbled", _fault(lambda size: CloseAfter(size=int(size)))),
    "http": Behaviour("foreign", _dialogue(MockDialogue.HTTP)),
    "http-held": Behaviour("foreign", _dialogue(MockDialogue.HTTP_HELD)),
    "ssh": Behaviour("foreign", _dialogue(MockDialogue.SSH), banner=True),
    "tls": Behaviour("foreign", _dialogue(MockDialogue.TLS)),
    "unknown": Behaviour("foreign", _dialogue(MockDialogue.UNKNOWN)),
    "closed": Behaviour("refused", _listen(Listen.CLOSED), port=True),
    "filtered": Behaviour("filtered", _listen(Listen.FILTERED), port=True),
}


def settings_of(daemon: Daemon) -> Settings:
    """Return the mock's settings for `daemon`, its port left out."""
    return BEHAVIOURS[daemon.behaviour].settings(daemon.number)
