"""Every error of ours is a LmwireError: a program catches them together, and each is a sentence."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Iterator

import pytest

import lmwire
import lmwire_mockserver
from lmwire.capture import CaptureError, ScapyMissingError
from lmwire.errors import LmwireError
from lmwire.licensefile import PinError
from lmwire.licensepath import LicensePathError
from lmwire.netns import CommandError, NetworkUnavailable
from lmwire.ruletest import PlanError
from lmwire.serverlog import LogError
from lmwire.wire import RemoteProtocolError
from lmwire_mockserver.errors import ListenError, OptionError, ScenarioError, UnknownScenario

_CONTROL_FLOW: dict[str, str] = {}
"""Exception classes that never reach a caller, with the reason for each."""

_NOT_TO_IMPORT = ("__main__",)


def _modules() -> Iterator[str]:
    for package in (lmwire, lmwire_mockserver):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith(_NOT_TO_IMPORT):
                yield found.name


def _exceptions() -> dict[str, type[BaseException]]:
    found = {}
    for name in _modules():
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == name:
                found[f"{name}.{value.__qualname__}"] = value
    return found


def test_every_error_of_ours_is_a_lmwire_error() -> None:
    found = _exceptions()
    assert len(found) > 15
    strangers = {name for name, kind in found.items() if not issubclass(kind, LmwireError)}
    assert strangers == set(_CONTROL_FLOW)


_SAMPLES = [
    (LmwireError("no way", "take another"), "no way", "no way", "take another"),
    (LogError("a.log", "is empty", "give another"), "a.log: is empty", "a.log: is empty", "give another"),
    (LicensePathError("@@", 1, 1, "a second @", "one"), "a second @ (one)", "a second @", "one"),
    (PinError("no such daemon", "name one"), "no such daemon (name one)", "no such daemon", "name one"),
    (PlanError("p.toml", ["a: x", "b: y"]), "p.toml: a: x; b: y", "a: x", ""),
    (CaptureError("breaks off", offset=7), "breaks off (at byte 7)", "breaks off (at byte 7)", ""),
    (
        ScapyMissingError(),
        'lmwire reads captures with scapy, which is not installed: pip install "lmwire[capture]"',
        "lmwire reads captures with scapy, which is not installed",
        'pip install "lmwire[capture]"',
    ),
    (
        NetworkUnavailable("no ip", "install iproute2"),
        "no network namespaces here: no ip; install iproute2",
        "no network namespaces here: no ip",
        "install iproute2",
    ),
    (
        CommandError(("ip", "a"), 1, "bad\n", "x"),
        "`ip a` failed with status 1 at `x`: bad",
        "`ip a` failed with status 1 at `x`: bad",
        "",
    ),
    (OptionError("bind", "x", "no address"), "bind 'x': no address", "bind 'x': no address", ""),
    (ScenarioError("a.toml", "no id"), "a.toml: no id", "a.toml: no id", ""),
    (
        UnknownScenario("helthy", ("healthy",)),
        "no scenario is called 'helthy'; near it: healthy",
        "no scenario is called 'helthy'",
        "near it: healthy",
    ),
    (
        ListenError("127.0.0.1", 1, "in use", "take another"),
        "cannot listen on port 1 of 127.0.0.1: in use; take another",
        "cannot listen on port 1 of 127.0.0.1: in use",
        "take another",
    ),
]


@pytest.mark.parametrize(("error", "sentence", "message", "hint"), _SAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_is_a_sentence_a_message_and_a_hint_also_from_another_process(
    error: LmwireError, sentence: str, message: str, hint: str
) -> None:
    for one in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301 # our own
        assert (str(one), one.message, one.hint) == (sentence, message, hint)
        assert type(one) is type(error)


def test_what_a_server_sent_wrongly_says_where() -> None:
    error = RemoteProtocolError("bad sum", kind="sum", offset=2, data=b"/x")
    for one in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301 # our own
        assert (one.message, one.hint, str(one)) == ("bad sum", "", "bad sum (at byte 2 of '/x')")


def test_an_error_made_with_names_comes_whole_from_another_process() -> None:
    error = LmwireError(message="no way", hint="take another")
    error.add_note("seen at noon")
    for one in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 # our own
        assert (one.message, one.hint, one.__notes__) == ("no way", "take another", ["seen at noon"])


@pytest.mark.parametrize("kind", [LicensePathError, PinError])
def test_who_caught_a_value_error_still_does(kind: type[Exception]) -> None:
    assert issubclass(kind, ValueError)
