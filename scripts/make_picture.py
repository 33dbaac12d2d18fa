"""The README's picture: what `lmwire diagnose` shows of a vendor daemon behind a firewall, as an SVG.

    python scripts/make_picture.py         write it; so does make_docs.py

The evidence is made by hand, the rest is the program's own. Nothing in the picture is loaded from elsewhere.
"""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from lmwire.diagnosis import Report, diagnose, overall_of
from lmwire.evidence import (
    Answer,
    Asked,
    Connect,
    Dialogue,
    Evidence,
    Leg,
    ReferralSeen,
    Resolution,
    Role,
    Via,
)
from lmwire.report import Format, Look, render

FILE = "docs/diagnose.svg"
WIDTH = 80
COMMAND = "lmwire diagnose 27000@licsrv --vendor ibmratl"
CLIENT, SERVER = "192.0.2.77", "192.0.2.20"

# A window of its own, dark with a pale rim: it stands out from white pages and from black ones. Only the colours that
# the text view uses are told from the foreground.
_BACKGROUND, _FOREGROUND = (22, 27, 34), (230, 237, 243)
_RED, _GREEN, _MAGENTA = (255, 123, 114), (63, 185, 80), (210, 168, 255)
_ANSI = [_FOREGROUND, _RED, _GREEN, _FOREGROUND, _FOREGROUND, _MAGENTA, _FOREGROUND, _FOREGROUND]
THEME = TerminalTheme(_BACKGROUND, _FOREGROUND, _ANSI, _ANSI)

# The template of rich without the font that it loads from a server.
FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>What lmwire diagnose shows when the vendor daemon's port is filtered</title>
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def evidence() -> Evidence:
    """Return a walk on which lmgrd answers and the vendor daemon's port does not."""
    return Evidence(
        target="27000@licsrv",
        host="licsrv",
        port=27000,
        vendor="ibmratl",
        resolutions=tuple(
            Resolution(name="licsrv", via=via, source="system", addresses=(SERVER,), seconds=0.0006)
            for via in (Via.TARGET, Via.REFERRAL)
        ),
        legs=(
            Leg(
                role=Role.LMGRD,
                via=Via.TARGET,
                host="licsrv",
                address=SERVER,
                port=27000,
                connect=Connect.ESTABLISHED,
                connect_seconds=0.0011,
                asked=Asked.HELLO,
                dialogue=Dialogue.ANSWERED,
                answer=Answer.REFERRAL,
                local=CLIENT,
                sent=147,
                seconds=0.0043,
            ),
            Leg(
                role=Role.VENDOR,
                via=Via.REFERRAL,
                host="licsrv",
                address=SERVER,
                port=52413,
                connect=Connect.FILTERED,
                connect_seconds=4.0,
                asked=Asked.NOTHING,
                local=CLIENT,
                seconds=4.0,
            ),
        ),
        referral=ReferralSeen(host="licsrv", port=52413, lmgrd_address=SERVER, lmgrd_port=27000),
        seconds=4.006,
    )


def picture() -> str:
    """Return the SVG; the same text on every machine."""
    diagnosis = diagnose(evidence())
    report = Report(overall=overall_of([diagnosis]), diagnoses=(diagnosis,))
    shown = render(report, Format.TEXT, Look(width=WIDTH, colour=True))
    console = Console(
        file=io.StringIO(),
        record=True,
        width=WIDTH,
        force_terminal=True,
        color_system="standard",
        no_color=False,
        legacy_windows=False,
    )
    console.print(Text.assemble("$ ", (COMMAND, "bold")))
    console.print()
    console.print(Text.from_ansi(shown.rstrip()))
    drawn = console.export_svg(title="", theme=THEME, code_format=FORMAT, unique_id="lmwire")
    return "".join(f"{line.strip()}\n" for line in drawn.splitlines() if line.strip())


if __name__ == "__main__":
    (Path(__file__).resolve().parent.parent / FILE).write_text(picture(), encoding="utf-8")
