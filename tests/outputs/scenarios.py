"""Every scenario of `lmwire mock`, and what `lmwire diagnose` says of it in each format."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.outputs.machine import SILENT_DNS
from tests.outputs.session import INPUTS, Running, Session, Setting

__all__ = ["jobs", "serve"]

_ID: Final = re.compile(r"^  ([a-z0-9-]+)(?:  |$)", re.MULTILINE)
_FORMATS: Final = ("text", "json", "markdown", "junit")


def jobs(setting: Setting) -> Iterator[tuple[str, Any]]:
    """Name the scenarios that lmwire has, and those that need more than a moment first."""
    networks = tomllib.loads((INPUTS / "networks.toml").read_text(encoding="utf-8"))
    slow = ("silent", "filtered", "unreach", "blackhole", "foreign", "5s", "dead", "truncated", "wrong")
    ids = sorted(_ID.findall(setting.listed("mock", "--list")), key=lambda each: not any(word in each for word in slow))
    for scenario in ids:
        yield scenario, partial(_play, scenario=scenario, network=networks.get(scenario))
    yield "options", _options


def _play(session: Session, scenario: str, network: dict[str, Any] | None) -> None:
    mock = _serve_far(session, scenario, network) if network is not None else serve(session, scenario)
    path = str(json.loads(mock.first_line())["license_path"])
    for form in _FORMATS:
        vendor = ("--vendor", "ibmratl") if form in {"markdown", "junit"} else ()
        session.run(form, "diagnose", path, *vendor, "--format", form)
    session.run("colour", "diagnose", path, "--vendor", "ibmratl", more={"FORCE_COLOR": "1", "COLUMNS": "60"})
    mock.end(stop=True)


def serve(session: Session, scenario: str, *words: str, name: str = "mock") -> Running:
    """Start the mock on loopback, with the usual ports."""
    return session.start(
        name, "mock", "--scenario", scenario, "--lmgrd-port", "27000", "--vendor-port", "27001", *words
    )


def _serve_far(session: Session, scenario: str, network: dict[str, Any]) -> Running:
    """Start the mock on another machine, with what is in the way."""
    client, server = session.machine, session.another("licsrv.example")
    client.link(
        server,
        ("eth0", ("192.0.2.10/24", "2001:db8::10/64")),
        ("eth0", ("192.0.2.20/24", "2001:db8::20/64")),
    )
    for machine, hook, side in ((server, "input", "server"), (client, "output", "client")):
        if rules := network.get(side):
            machine.nft(hook, rules)
    for rule in network.get("policy", ()):
        client.run(["ip", "rule", "add", *rule.split()])
    if network.get("dns") == "silent":
        (session.scratch / ".etc/nsswitch.conf").write_text(SILENT_DNS, encoding="utf-8")
    ports = ("--lmgrd-port", str(network.get("lmgrd", 27000)), "--vendor-port", str(network.get("vendor", 27001)))
    return session.start("mock", "mock", "--scenario", scenario, "--servers-only", "--bind", "::", *ports, on=server)


def _options(session: Session) -> None:
    """`lmwire diagnose` with each option, and with each kind of target."""
    mock = serve(session, "healthy", "--vendor", "ibmratl", "--vendor", "otherd=27003")
    mock.first_line()
    session.write("server.lic", "SERVER localhost ANY 27000\nVENDOR ibmratl port=27001\n")
    session.write("local.log", (INPUTS / "logs/new.log").read_text(encoding="utf-8").replace("licsrv", "localhost"))
    target = "27000@127.0.0.1"
    for name, words in {
        "no-follow": (target, "--no-follow"),
        "vendors": (target, "--vendor", "ibmratl", "--vendor", "nobodyd"),
        "source": (target, "--source", "127.0.0.2"),
        "ipv4": ("27000@localhost", "-4"),
        "ipv6": ("27000@localhost", "-6", "--timeout", "1"),
        "dns": ("27000@localhost", "--dns"),
        "range": ("@localhost",),
        "list": ("27000@127.0.0.1:27009@127.0.0.1", "--format", "json"),
        "triad": ("27000@127.0.0.1,27004@127.0.0.1,27005@127.0.0.1",),
        "alternatives": (target, "27009@127.0.0.1", "--format", "markdown"),
        "unknown-name": ("27000@nobody.invalid",),
        "license-file": ("server.lic",),
        "license-file-json": ("server.lic", "--format", "json"),
        "log": (target, "--log", "local.log"),
        "log-alone": ("--log", "local.log", "--format", "json"),
        "output": (target, "--format", "json", "--output", "diagnosis.json"),
        "short": (target, "--timeout", "0.5", "--answer-timeout", "0.5", "--parallel", "1"),
    }.items():
        session.run(name, "diagnose", *words)
    session.run("environment", "diagnose", more={"LM_LICENSE_FILE": target, "RATIONAL_LICENSE_FILE": "27009@localhost"})
    session.run("nothing-set", "diagnose")
    session.run("wide", "diagnose", target, more={"COLUMNS": "120"})
    session.run("narrow", "diagnose", target, more={"COLUMNS": "40"})
    session.run("plain-terminal", "diagnose", target, more={"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    mock.end(stop=True)
