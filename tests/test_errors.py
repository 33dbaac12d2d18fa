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
from lmwire.cli.option_names import spelled_as_option
from lmwire.errors import LmwireError, argument
from lmwire.firewall import FirewallError
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
    (LmwireError("no way", "take another"), "no way", "take another"),
    (LogError("a.log", "is empty", "give another"), "a.log: is empty", "give another"),
    (LicensePathError("@@", 1, 1, "a second @", "one"), "a second @", "one"),
    (LicensePathError("@@", 1, 1, "a second @", "one", where="LM_X"), "LM_X: a second @", "one"),
    (PinError("no such daemon", "name one"), "no such daemon", "name one"),
    (FirewallError("no port", "name one"), "no port", "name one"),
    (PlanError("p.toml", ["a: x", "b: y"]), "p.toml: a: x", ""),
    (CaptureError("breaks off", offset=7), "breaks off (at byte 7)", ""),
    (
        ScapyMissingError(),
        "lmwire reads captures with scapy, which is not installed",
        'run: pip install "lmwire[capture]"',
    ),
    (NetworkUnavailable("no ip", "install iproute2"), "no network namespaces here: no ip", "install iproute2"),
    (CommandError(("ip", "a"), 1, "bad\n", "x"), "`ip a` failed with status 1 at `x`: bad", ""),
    (OptionError("bind", "x", "no address"), "bind 'x': no address", ""),
    (ScenarioError("a.toml", "no id"), "a.toml: no id", ""),
    (UnknownScenario("helthy", ("healthy",)), "no scenario is called 'helthy'", "near it: healthy"),
    (
        ListenError("127.0.0.1", 1, "in use", "take another"),
        "cannot listen on port 1 of 127.0.0.1: in use",
        "take another",
    ),
    (RemoteProtocolError("bad sum", kind="sum", offset=2, data=b"/x"), "bad sum (at byte 2 of '/x')", ""),
]


@pytest.mark.parametrize(("error", "sentence", "hint"), _SAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_is_a_sentence_and_a_hint_also_from_another_process(
    error: LmwireError, sentence: str, hint: str
) -> None:
    for one in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301 # our own
        assert (str(one), one.hint) == (sentence, hint)
        assert one.one_line == (f"{sentence}; {hint}" if hint else sentence)
        assert getattr(one, "__notes__", []) == ([f"Hint: {hint}"] if hint else [])
        assert str(one) in {one.message, f"{one.where}: {one.message}"}
        assert type(one) is type(error)


def test_no_error_of_ours_has_another_text_than_its_sentence() -> None:
    for kind in _exceptions().values():
        assert kind.__str__ is LmwireError.__str__, kind


def test_an_argument_is_spelled_as_a_program_does_or_as_somebody_asks() -> None:
    wide = LmwireError(f"{argument('sources')} is wide", f"write {argument('ports', 'a', 'b')}, {argument('port', 7)}")
    for one in (wide, pickle.loads(pickle.dumps(wide))):  # noqa: S301 # our own
        assert (str(one), one.hint) == ("sources is wide", 'write ports=["a", "b"], port=7')
        said = one.spelled(lambda name, values: f"<{name}:{'+'.join(values)}>")
        assert said == ("<sources:> is wide", 'write <ports:"a"+"b">, <port:7>')


def test_an_argument_is_spelled_as_its_option_on_the_command_line() -> None:
    assert spelled_as_option("sources", ('"any"',)) == "--from any"
    assert spelled_as_option("ports", ('"27000"', '"27001:a"')) == "--port 27000 --port 27001:a"
    assert spelled_as_option("resolve", ("True",)) == "--resolve"
    assert spelled_as_option("max_hops", ()) == "--max-hops"


def test_an_error_made_with_names_comes_whole_from_another_process() -> None:
    error = LmwireError(message="no way", hint="take another")
    error.add_note("seen at noon")
    for one in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 # our own
        assert (one.message, one.hint, one.__notes__) == (
            "no way",
            "take another",
            ["Hint: take another", "seen at noon"],
        )


@pytest.mark.parametrize("kind", [LicensePathError, PinError])
def test_who_caught_a_value_error_still_does(kind: type[Exception]) -> None:
    assert issubclass(kind, ValueError)
