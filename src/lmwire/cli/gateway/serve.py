"""`lmwire gateway TARGET`: serve a license server to clients that cannot reach it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lmwire.cli import options
from lmwire.cli.manual import Argument, Command, epilog
from lmwire.cli.terminal import emit, note, say
from lmwire.gateway.plan import GatewayPlan, GatewayServer, Limits, LogForm, Mode
from lmwire.gateway.plan_file import EXAMPLE, read_plan
from lmwire.gateway.records import Ready
from lmwire.gateway.routes import routes_of
from lmwire.gateway.service import serve_gateway
from lmwire.text import printable

__all__ = ["serve"]


@click.command(
    "serve",
    cls=Command,
    epilog=epilog(
        "lmwire gateway 27000@licsrv",
        "lmwire gateway 27000@licsrv --listen 10.8.0.1:27000 --allow 10.8.0.0/16 --vendor ibmratl",
        "lmwire gateway --config gateway.toml --check",
    ),
)
@click.argument(
    "target",
    cls=Argument,
    required=False,
    metavar="[TARGET]",
    meaning="The license server, or a triad, as an application would have it: 27000@licsrv.",
)
@click.option(
    "--listen",
    metavar="ADDRESS:PORT",
    default="127.0.0.1",
    show_default=True,
    help="Where clients connect; without a port, the server's own. A triad takes the ports that follow, too.",
)
@click.option("--allow", metavar="NETWORK", multiple=True, help="Let only these networks connect. Repeatable.")
@click.option(
    "--vendor",
    metavar="NAME[=PORT]",
    multiple=True,
    help="Let clients ask for this vendor daemon only. Repeatable. With --mode referral, PORT is the gateway's for it.",
)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.ONE_PORT.value,
    show_default=True,
    help="one-port: go to the vendor daemon for the client. referral: rewrite lmgrd's referral.",
)
@click.option("--advertise", metavar="NAME", default="", help="With --mode referral: the gateway's name for clients.")
@click.option(
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read servers and limits from this file. SIGHUP reads it again.",
)
@click.option("--check", is_flag=True, help="Check the settings, show what would be served, and exit.")
@click.option("--example", is_flag=True, help="Print a commented file for --config, and exit.")
@click.option(
    "--drain",
    metavar="SECONDS",
    default="30",
    show_default=True,
    callback=lambda context, option, text: 0.0 if text == "0" else options.seconds(context, option, text),
    help="How long sessions may go on after SIGTERM.",
)
@click.option(
    "--log", type=click.Choice([form.value for form in LogForm]), default=LogForm.TEXT.value, help="The log's form."
)
@click.option(
    "--metrics", metavar="ADDRESS:PORT", default="", help="Answer Prometheus there; see the docs for the extra."
)
@click.option("--status", metavar="SOCKET", default="", help="The Unix socket that `lmwire gateway status` asks.")
@click.pass_context
def serve(  # what is not named here goes into the plan
    context: click.Context,
    /,
    *,
    target: str | None,
    file: Path | None,
    check: bool,
    example: bool,
    **given: Any,  # noqa: ANN401 - click's
) -> None:
    """Serve a license server to clients that cannot reach it, until Ctrl-C or SIGTERM.

    Prints a line for each session at its end. SIGTERM stops listening and waits for the sessions, a second one does
    not. Nothing of a session is looked at after its first frame, and nothing is changed.

    Exit status: 0: a signal ended it, or the settings are right. 2: a setting or a listener cannot be used.
    """
    if example:
        emit(EXAMPLE)
        return
    plan = _plan(context, target, file, given)
    if check:
        for route in routes_of(plan):
            place = f"{route.address} port {route.port or 'any'}"
            emit(f"{route.name}: listens on {place}, goes to {printable(route.target, 200)} ({route.mode.value})\n")
        return
    serve_gateway(plan, file=file, on_ready=_guide)


def _plan(context: click.Context, target: str | None, file: Path | None, given: dict[str, Any]) -> GatewayPlan:
    if file is not None:
        extra = [name for name in given if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
        if target is not None or extra:
            what = "TARGET" if target is not None else f"--{extra[0]}"
            raise click.UsageError(f"give either --config or {what}; or write it into {printable(str(file), 100)}")
        return read_plan(file)
    if target is None:
        raise click.UsageError("Missing argument '[TARGET]', such as 27000@licsrv, or --config FILE.")
    names = [vendor.partition("=") for vendor in given["vendor"]]
    server = GatewayServer(
        server=target,
        listen=given["listen"],
        mode=Mode(given["mode"]),
        vendors=tuple(name for name, _, _ in names),
        vendor_ports={name: _port(port) for name, equals, port in names if equals},
        advertise=given["advertise"],
        allow=given["allow"],
    )
    return GatewayPlan(
        servers=(server,),
        limits=Limits(),
        log=LogForm(given["log"]),
        drain=given["drain"],
        metrics=given["metrics"],
        status=given["status"],
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 65535):  # noqa: PLR2004 - the highest port
        raise click.BadParameter(f"--vendor NAME=PORT: {printable(text, 40)} is not a port")
    return int(text)


def _guide(ready: Ready) -> None:
    """Tell a person what clients have to know."""
    for served in ready.served:
        note(f"clients of {printable(served.server, 100)} use LM_LICENSE_FILE={served.license_path}")
        if served.open:
            note(
                f"every machine that reaches {', '.join(served.listens)} can use this license server; "
                "--allow NETWORK limits that"
            )
    if sys.stderr is not None and sys.stderr.isatty() and ready.status:
        say(f"  `lmwire gateway status` shows the sessions; metrics: {ready.metrics or 'none'}")
