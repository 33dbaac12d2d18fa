"""`lmwire capture watch`: license stories as they end, a line each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import click

from lmwire.cli import options
from lmwire.cli.cases import diagnosed, of_client
from lmwire.cli.live import (
    Progress,
    Stop,
    batches,
    duration_option,
    interface_option,
    opened,
    tell_losses,
    tell_silence,
)
from lmwire.cli.manual import epilog
from lmwire.cli.options import ShortFormat
from lmwire.cli.terminal import emit, look, note
from lmwire.text import printable

if TYPE_CHECKING:
    from lmwire.capture import Case
    from lmwire.diagnosis import Diagnosis, Shown
    from lmwire.report import Look

__all__ = ["watch"]

_LOOK: Final = 0.5
"""Seconds after which stories are looked through for those that are over."""


@click.command(
    short_help="Tell of license conversations as they end.",
    epilog=epilog(
        "lmwire capture watch -i eth0",
        "lmwire capture watch --client 10.20.0.7",
        "lmwire capture watch --format json --for 3600 > morning.jsonl",
    ),
)
@interface_option
@click.option("--client", metavar="ADDRESS", default="", callback=options.address, help="Tell of this client only.")
@options.form_option(ShortFormat, "--format", "-f")
@duration_option
def watch(*, interface: str, client: str, form: ShortFormat, duration: float | None) -> None:
    """Tell of each license conversation when it is over: who met what, and what the application shows.

    Runs until Ctrl-C (or SIGTERM, or --for). A story is over when its client has been quiet for 3 s and nothing is
    open; a port that never answers is known as filtered only when the next try fails to come, which takes as long
    again as the client has tried by then: some 7 s, up to a minute for a real application. Attempts that a client
    repeats meanwhile are told once. A name that leads nowhere is no conversation: see `lmwire capture record` with a
    TARGET. Needs root, or the right to see packets (CAP_NET_RAW). --format json prints a line of JSON each.
    """
    from lmwire.capture.live.live_analysis import Stories  # noqa: PLC0415 # scapy is not for everybody's start

    shown = look()
    stories = Stories()

    def tell(cases: tuple[Case, ...]) -> None:
        for case in sorted(of_client(cases, client), key=lambda case: case.last):
            diagnosis = diagnosed(case)
            emit(_text(diagnosis, case, shown) if form is ShortFormat.TEXT else _json(diagnosis, case))

    with Stop(duration) as stop, opened(interface) as source:
        note(f"watching {printable(interface, 40)}; stop with Ctrl-C")
        with Progress() as progress:
            looked = 0.0
            for batch in batches(source, stop):
                stories.take(batch)
                if (now := time.time()) - looked >= _LOOK:
                    looked = now
                    if cases := stories.over(now):
                        with progress.hidden():
                            tell(cases)
                progress(lambda: f"{stories.packets} packets seen, {stories.under_way} clients not done")
        tell(stories.finish())
        tell_losses(source)
    if not stories.packets:
        tell_silence(interface)


def _text(diagnosis: Diagnosis, case: Case, shown: Look) -> str:
    from rich.text import Text  # noqa: PLC0415

    from lmwire.report.steps import mark_of  # noqa: PLC0415
    from lmwire.report.text import Page  # noqa: PLC0415
    from lmwire.text import settled  # noqa: PLC0415

    page = Page(shown)
    sign = page.sign(mark_of(diagnosis))
    when = time.strftime("%H:%M:%S", time.localtime(case.last))
    target = f"{settled(diagnosis.target)} {settled(diagnosis.vendor)}".strip()
    words = [f"{settled(diagnosis.verdict.headline)}"]
    words += [f"{case.attempts} times."] if case.attempts > 1 else []
    words += [f"FlexNet {code.flexnet} shows {code.code}."] if (code := _code(diagnosis)) else []
    name = Text(diagnosis.verdict.id, style=sign.style or "bold")
    blank = Text(" ")
    pieces = [page.text(when), sign, page.text(settled(case.client)), page.text(target), name]
    pieces += [page.text(settled(" ".join(words)))]
    page.lines.append(blank.join(pieces))
    return page.finish()


def _code(diagnosis: Diagnosis) -> Shown | None:
    """Return what the newest client shows, when it shows an error."""
    return next((shown for shown in diagnosis.application_shows if shown.code), None)


def _json(diagnosis: Diagnosis, case: Case) -> str:
    import json  # noqa: PLC0415

    import msgspec  # noqa: PLC0415

    verdict = diagnosis.verdict
    line: dict[str, Any] = {
        "client": case.client,
        "target": diagnosis.target,
        "vendor": diagnosis.vendor,
        "verdict": verdict.id,
        "severity": verdict.severity,
        "headline": verdict.headline,
        "reason": verdict.reason,
        "application_shows": diagnosis.application_shows,
        "attempts": case.attempts,
        "first": case.first,
        "last": case.last,
    }
    return json.dumps(msgspec.to_builtins(line), ensure_ascii=True) + "\n"
