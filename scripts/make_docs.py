"""Write the generated parts of the documentation from the code's own tables, or check that they are up to date.

    python scripts/make_docs.py            write
    python scripts/make_docs.py --check    exit status 1 when a file would change

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`. The picture and the Wireshark dissector
are generated as a whole.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import make_picture

from lmwire.capture.dissect.dissector import FILE_NAME, dissector
from lmwire.diagnosis import SPECS
from lmwire.gateway.changes import CHANGES
from lmwire.lab import labs, read_lab
from lmwire.lab.model import RepairStep
from lmwire.session import CLIENT_TRANSITIONS, SERVER_TRANSITIONS, ClientState

ROOT = Path(__file__).resolve().parent.parent
FILES = ("README.md", "docs/architecture.md", "docs/gateway.md", "docs/labs.md")
PART = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def client_states() -> str:
    """Draw the client's conversation from its table."""
    names = {state: state.name.title().replace("_", "") for state in ClientState}
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {names[ClientState.IDLE]}"]
    lines += [
        f"    {names[ClientState.IDLE]} --> {names[ClientState.HELLO_SENT]}: say_hello()",
        f"    {names[ClientState.IDLE]} --> {names[ClientState.TEXT_SENT]}: ask_text()",
    ]
    for (state, reply), (_, then) in CLIENT_TRANSITIONS.items():
        lines.append(f"    {names[state]} --> {names[then]}: {reply.value}")
    return "\n".join([*lines, f"    {names[ClientState.DONE]} --> [*]", "```"])


def server_answers() -> str:
    """List what a server may answer to what, from its table."""
    rows = [
        f"| {request.value} | {', '.join(f'`{answer.__name__}`' for answer in answers)} |"
        for request, answers in SERVER_TRANSITIONS.items()
    ]
    return "\n".join(["| a client sends | the server may answer |", "|---|---|", *rows])


def gateway_changes() -> str:
    """List what clients report otherwise through a gateway, from its table."""
    rows = [
        f"| {change.without} | {change.meets} | {change.codes['linux']} | {change.codes['windows']} |"
        f" {' and '.join(mode.value for mode in change.modes)} |"
        for change in CHANGES
    ]
    head = [
        "| without the gateway | the client meets | Linux reports | Windows reports | modes |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows])


def verdicts() -> str:
    """List every verdict with its meaning, from their specs."""
    rows = [f"| `{name}` | {spec.meaning} |" for name, spec in SPECS.items()]
    return "\n".join(["| verdict | when |", "|---|---|", *rows])


def lab_script(steps: Sequence[RepairStep]) -> list[str]:
    """Return a part of a repair as a script for the machine on which the lab runs."""
    lines = ["```sh"]
    for step in steps:
        lines += [f"lmwire lab shell {step.on} bash -e <<'END'", step.run.strip(), "END"]
    return [*lines, "```"]


def lab_facts(name: str) -> str:
    """Tell what a lab is made of, and how it is repaired, with seed 0."""
    lab = read_lab(name)
    broken = ", ".join(f"from {zone} `{verdict}`" for zone, verdict in lab.broken.items())
    blocked = "; ".join(
        f"TCP {', '.join(map(str, rule.ports))} of {rule.address} from {rule.zone}" for rule in lab.closed
    )
    return "\n".join(
        [
            f"*{lab.title}.*" if lab.title[-1].isalpha() else f"*{lab.title}*",
            "",
            "| with seed 0 | |",
            "|---|---|",
            f"| scenario | [`{lab.scenario}`](../mockserver/lmwire_mockserver/scenarios/{lab.scenario}.toml) |",
            f"| broken | {broken} |",
            f"| must stay blocked | {blocked} |",
            *(f"| hint {number} | {hint} |" for number, hint in enumerate(lab.hints, 1)),
            f"| what is learnt | {' '.join(lab.learnt.split())} |",
            "",
            f"Half of it, after which the check still says “{lab.half_says}”:",
            "",
            *lab_script(lab.half),
            "",
            "The solution:",
            "",
            *lab_script(lab.solution),
        ]
    )


PARTS: dict[str, Callable[[], str]] = {
    **{f"lab-{name}": partial(lab_facts, name) for name in labs()},
    "client-states": client_states,
    "gateway-changes": gateway_changes,
    "server-answers": server_answers,
    "verdicts": verdicts,
}


def updated(text: str) -> str:
    """Return `text` with every generated part made anew."""

    def fill(match: re.Match[str]) -> str:
        return f"{match[1]}{PARTS[match['name']]()}\n{match[3]}"

    return PART.sub(fill, text)


def made() -> dict[str, str]:
    """Return what every file must hold."""
    parts = {name: updated((ROOT / name).read_text(encoding="utf-8")) for name in FILES}
    return {**parts, make_picture.FILE: make_picture.picture(), f"captures/{FILE_NAME}": dissector()}


def main(arguments: list[str]) -> int:
    """Write or check all files."""
    stale = []
    for name, text in made().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"{'stale' if '--check' in arguments else 'written'}: {', '.join(stale)}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
