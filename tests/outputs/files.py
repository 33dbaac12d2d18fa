"""What lmwire reads without a network: license files, debug logs, and what an application shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.outputs.session import INPUTS, Session, Setting

__all__ = ["explanations", "license_paths", "licenses", "logs"]

_MAJORS: Final = (*range(-231, 0), *range(1, 8), *range(20, 25))
_AT_ONCE: Final = 20
"""As many codes of one text are explained."""
_FORMS: Final = ("text", "json")
_PINNED: Final = ("triad", "rational-two-daemons", "latin-1", "four-ports", "mixed-endings", "positional", "no-server")


def _inputs(folder: str, setting: Setting, extra: str) -> Iterator[tuple[str, str]]:
    """Name the inputs of a folder of ours, and those of the extra folder that look like `extra`."""
    for path in sorted((INPUTS / folder).iterdir()):
        yield path.stem, f"inputs/{folder}/{path.name}"
    if setting.extra is not None:
        for path in sorted(setting.extra.glob(extra)):
            yield f"extra-{path.stem}", f"extra/{path.name}"


def licenses(setting: Setting) -> Iterator[tuple[str, Any]]:
    """`lmwire license`: each file shown and checked, some pinned."""
    for name, path in _inputs("licenses", setting, "*.lic"):
        yield name, partial(_license, path=path, brief=name.startswith("lint-"))
    for name in _PINNED:
        yield f"pin-{name}", partial(_pin, path=f"inputs/licenses/{name}.lic")


def _license(session: Session, path: str, *, brief: bool) -> None:
    for form in _FORMS:
        session.run(f"lint-{form}", "license", "lint", "--no-resolve", path, "--format", form)
        if not brief:
            session.run(f"show-{form}", "license", "show", path, "--format", form)
    if not brief:
        session.run("lint-resolved", "license", "lint", "--days", "100000", path)


def license_paths(setting: Setting) -> Iterator[tuple[str, Any]]:
    """`lmwire diagnose FILE`: what each license file leads to, where nothing answers."""
    for name, path in _inputs("licenses", setting, "*.lic"):
        if not name.startswith("lint-"):
            yield name, partial(_diagnose, path=path)


def _diagnose(session: Session, path: str) -> None:
    session.run("text", "diagnose", path, "--timeout", "0.2", "--no-follow")


def _pin(session: Session, path: str) -> None:
    pins: tuple[str, ...] = ("ibmratl=27001",)
    shown = json.loads(session.run("show", "license", "show", path, "--all", "--format", "json"))
    if daemons := [each["name"] for each in shown.get("vendors", shown.get("daemons", ()))]:
        pins = tuple(f"{daemon}={27011 + at}" for at, daemon in enumerate(daemons))
    session.run("diff", "license", "pin", path, *pins, "--diff")
    session.run("json", "license", "pin", path, *pins, "--diff", "--format", "json")
    session.run("output", "license", "pin", path, *pins, "--output", "new.lic")
    session.run("again", "license", "pin", path, *pins, "--output", "new.lic")
    session.run("standard-output", "license", "pin", path, *pins, "--output", "-")
    session.run("taken", "license", "pin", path, f"{pins[0].partition('=')[0]}=27000", "--diff")
    session.run("unknown", "license", "pin", path, "nobodyd=27001", "--diff")


def logs(setting: Setting) -> Iterator[tuple[str, Any]]:
    """`lmwire log`: each debug log in all formats."""
    for name, path in _inputs("logs", setting, "*.log"):
        yield name, partial(_log, path=path)
    yield "several", _several_logs


def _log(session: Session, path: str) -> None:
    for form in ("text", "json", "markdown"):
        session.run(form, "log", path, "--format", form)


def _several_logs(session: Session) -> None:
    new, denied = "inputs/logs/new.log", "inputs/logs/denied.log"
    session.run("rotated", "log", new, denied, "inputs/logs/crash-loop.log")
    session.run("colour", "log", denied, more={"FORCE_COLOR": "1"})
    session.run("standard-input", "log", "-", given=(INPUTS / "logs/moved.log").read_bytes())
    session.run("not-a-log", "log", "inputs/licenses/prose.lic")
    session.run("empty", "log", "-")
    session.run("output", "log", denied, "--output", "out.md", "--format", "markdown")


def explanations(setting: Setting) -> Iterator[tuple[str, Any]]:
    """`lmwire explain`: codes, verdicts, vendor daemons, products, dialogs."""
    majors = [f"error {number}." for number in _MAJORS]
    codes = (INPUTS / "codes.txt").read_text(encoding="utf-8").split()
    for kind, texts in (("error", majors), ("code", codes)):
        for at in range(0, len(texts), _AT_ONCE):
            yield f"{kind}-{at:03}", partial(_explain, given=" ".join(texts[at : at + _AT_ONCE]), forms=_FORMS)
    for at in range(0, len(codes), _AT_ONCE // 2):
        yield f"code-{at:03}-one-by-one", partial(_one_by_one, words=codes[at : at + _AT_ONCE // 2])
    names = (INPUTS / "names.txt").read_text(encoding="utf-8").splitlines()
    for at in range(0, len(names), _AT_ONCE):
        yield f"name-{at:03}", partial(_one_by_one, words=names[at : at + _AT_ONCE])
    verdicts = _verdicts(setting)
    for at in range(0, len(verdicts), _AT_ONCE):
        yield f"verdict-{at:03}", partial(_one_by_one, words=verdicts[at : at + _AT_ONCE])
    dialogs = _inputs("dialogs", setting, "explain-*.txt")
    for name, path in dialogs:
        place = (INPUTS.parent / path) if path.startswith("inputs/") else (setting.extra or Path()) / Path(path).name
        yield f"dialog-{name}", partial(_explain, given=place.read_text(encoding="utf-8"), forms=_FORMS)
    yield "words", partial(_one_by_one, words=["CANTCONNECT", "NOFEATURE", "vendor-filterd", "-9999", "", "-15.570.0"])


def _verdicts(setting: Setting) -> list[str]:
    return list(json.loads(setting.listed("verdicts", "--format", "json")))


def _explain(session: Session, given: str, forms: tuple[str, ...]) -> None:
    for form in forms:
        session.run(form, "explain", "--format", form, given=given.encode())


def _one_by_one(session: Session, words: list[str]) -> None:
    for at, word in enumerate(words):
        session.run(f"{at:02}", "explain", "--format", _FORMS[at % 4 == 3], "--", word)
