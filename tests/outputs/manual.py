"""Help pages, schemas, lists, the demo, and wrong usage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tests.outputs.session import Session, Setting

__all__ = ["demo", "pages", "usage"]

_COMMANDS: Final = re.compile(r"^Commands:\n((?:  .*\n|\n)*)", re.MULTILINE)
_COMMAND: Final = re.compile(r"^  ([a-z][a-z0-9-]*)", re.MULTILINE)
_DOCUMENTS: Final = (
    "diagnosis", "explanation", "license", "license-lint", "license-pin", "log", "location", "firewall-test",
    "lab-check", "lab-board",
)  # fmt: skip

_WRONG: Final = """\
nonsense
diagnos
--nonsense
diagnose --nonsense
diagnose --format yaml @x
diagnose --timeout 0 @x
diagnose --timeout nan @x
diagnose --timeout 99999 @x
diagnose --answer-timeout soon @x
diagnose --parallel 0 @x
diagnose --source nowhere @x
diagnose --source 192.0.2.200 27000@127.0.0.1
diagnose -4 -6 @x
diagnose 99999@x
diagnose 27000@
diagnose 27000:licsrv
diagnose licsrv:27000
diagnose 27000@[::1]
diagnose 27000@a,27000@b
diagnose missing.lic
diagnose missing/
diagnose --log missing.log
diagnose --vendor a/b @x
diagnose @x --output missing/folder/file
locate
locate 27000@
locate 27000@localhost --port 0
locate 27000@localhost --max-hops 99
locate 27000@localhost --control x
locate 27000@nobody.invalid
locate 27000@127.0.0.1 --port 27001
locate 27000@192.0.2.20 --port 27001
demo --format xml
explain --format xml -15
mock --scenario nonsense
mock --scenario healty
mock --bind nowhere
mock --bind 192.0.2.99
mock --lmgrd-port 70000
mock --lmgrd-port x
mock --vendor a=b
mock --delay -1
capture
capture analyze
capture analyze missing.pcap
capture analyze --client nobody captures/healthy.pcapng
capture anonymize x
capture dissector --output missing/folder/file
capture record
capture record -o x.pcapng -i nothing --for 1
capture record -o x.pcapng --packets -1
capture watch -i nothing --for 1
capture watch --for 0
license
license show
license show missing.lic
license lint missing.lic
license lint --days x inputs/licenses/triad.lic
license pin inputs/licenses/triad.lic
license pin inputs/licenses/triad.lic a
license pin inputs/licenses/triad.lic a=b
license pin inputs/licenses/triad.lic rational=0
license pin inputs/licenses/triad.lic a=1 --diff --in-place
license pin - ibmratl=27001 --in-place
firewall
firewall rules --format nonsense --port 27000
firewall rules --port 0 --from any
firewall test
firewall test missing.toml
firewall test inputs/licenses/triad.lic
firewall test inputs/plans/nft-only-lmgrd/plan.toml --commands --keep
log
log missing.log
log inputs
log captures/healthy.pcapng
lab nonsense
lab start
lab start nonsense
lab start ./missing
lab start nat --seed x
lab hint
lab check
lab story
lab stop
lab restart
lab shell client
verdicts --format xml
schema nonsense
"""


def demo(_: Setting) -> Iterator[tuple[str, Any]]:
    """`lmwire demo`."""
    yield "demo", _demo


def _demo(session: Session) -> None:
    for form in ("text", "json"):
        session.run(form, "demo", "--format", form)


def pages(_: Setting) -> Iterator[tuple[str, Any]]:
    """The pages that are the same everywhere."""
    yield "help", _help
    yield "lists", _lists


def _help(session: Session, *words: str) -> None:
    """Record a help page, and those of the commands that it lists."""
    shown = session.run("-".join(words) or "lmwire", *words, "--help").decode()
    if (listed := _COMMANDS.search(shown)) is not None:
        for name in _COMMAND.findall(listed[1]):
            _help(session, *words, name)


def _lists(session: Session) -> None:
    session.run("version", "--version")
    session.run("module", "--help", module=True)
    session.run("module-version", "--version", module=True)
    session.run("nothing")
    session.run("mock", "mock", "--list")
    session.run("labs", "lab", "list")
    session.run("plan", "firewall", "test", "--example")
    for form in ("text", "json"):
        session.run(f"verdicts-{form}", "verdicts", "--format", form)
    session.run("verdicts-narrow", "verdicts", more={"COLUMNS": "50"})
    session.run("schema", "schema")
    for name in _DOCUMENTS:
        session.run(f"schema-{name}", "schema", name)


def usage(_: Setting) -> Iterator[tuple[str, Any]]:
    """Wrong usage, command by command."""
    lines = _WRONG.splitlines()
    for command in dict.fromkeys(line.split()[0] for line in lines):
        yield command.replace("--", "option-"), lambda session, command=command: _wrong(session, command)


def _wrong(session: Session, command: str) -> None:
    for line in _WRONG.splitlines():
        words = line.split()
        if words[0] == command:
            session.run(re.sub(r"[^\w.@=-]+", "_", "_".join(words)).strip("-"), *words)
