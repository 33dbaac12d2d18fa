"""What is played in networks of its own: firewall tests, labs, locate, live captures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.outputs.scenarios import serve
from tests.outputs.session import INPUTS, Session, Setting

__all__ = ["jobs"]

_LABS: Final = ("vendor-port", "moved-port", "nat", "split-dns", "proxy", "inspection", "wrong-service", "triad")
_ALL_FORMS: Final = ("wrong-rules", "open-to-guests", "dual-stack-ipv6-forgotten")


def jobs(_: Setting) -> Iterator[tuple[str, Any]]:
    """Name the labs, the plans, and the rest."""
    for name in _LABS:
        yield f"lab-{name}", partial(_lab, name=name)
    for path in sorted((INPUTS / "plans").iterdir()):
        yield f"plan-{path.name}", partial(_plan, name=path.name)
    yield "locate", _locate
    yield "record", _record
    yield "watch", _watch


def _lab(session: Session, name: str) -> None:
    session.run("1-start", "lab", "start", name)
    try:
        session.run("2-story", "lab", "story")
        session.run("3-start-again", "lab", "start", name)
        for hint in (1, 2, 3, 4):
            session.run(f"4-hint-{hint}", "lab", "hint")
        session.run("5-diagnose", "lab", "shell", "client", "lmwire", "diagnose")
        session.run("6-restart", "lab", "restart")
        session.run("7-check", "lab", "check")
    finally:
        session.run("8-stop", "lab", "stop")
    session.run("9-list", "lab", "list")


def _plan(session: Session, name: str) -> None:
    plan = f"inputs/plans/{name}/plan.toml"
    for form in ("text", "json", "markdown", "junit") if name in _ALL_FORMS else ("text", "json"):
        session.run(form, "firewall", "test", plan, "--format", form)
    session.run("commands", "firewall", "test", plan, "--commands")


def _locate(session: Session) -> None:
    """A router on the way drops the vendor daemon's port; then it rejects it; then nothing is wrong."""
    client, router, server = session.machine, session.another("router.example"), session.another("licsrv.example")
    client.link(router, ("eth0", ("198.51.100.10/24",)), ("lan", ("198.51.100.1/24",)))
    router.link(server, ("dmz", ("192.0.2.1/24",)), ("eth0", ("192.0.2.20/24",)))
    client.run(["ip", "route", "add", "default", "via", "198.51.100.1"])
    server.run(["ip", "route", "add", "default", "via", "192.0.2.1"])
    router.run(["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])
    router.run(["sh", "-c", "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit"])
    ports = ("--lmgrd-port", "27000", "--vendor-port", "27001")
    mock = session.start("mock", "mock", "--bind", "0.0.0.0", *ports, on=server)
    mock.first_line()
    target = "27000@192.0.2.20"
    for what, rule in (("drop", "drop"), ("reject", "reject with icmp type admin-prohibited"), ("open", "accept")):
        router.nft("forward", [f"tcp dport 27001 {rule}"])
        for form in ("text", "json", "markdown"):
            session.run(f"{what}-{form}", "locate", target, "--port", "27001", "--format", form)
        session.run(f"{what}-asked", "locate", target, "--vendor", "ibmratl")
        session.run(f"{what}-raw", "locate", target, "--port", "27001", "--raw")
        session.run(f"{what}-diagnose", "diagnose", target, "--timeout", "1")
        router.run(["nft", "delete", "table", "inet", "outputs"])
    mock.end(stop=True)


def _record(session: Session) -> None:
    """`lmwire capture record` listens while a client is refused the vendor daemon's port."""
    mock = serve(session, "vendor-refused")
    mock.first_line()
    words = ("-i", "lo", "-o", "r.pcapng", "27000@127.0.0.1")
    recording = session.start("record", "capture", "record", *words)
    recording.first_note()
    session.run("diagnose", "diagnose", "27000@127.0.0.1")
    recording.end(stop=True)
    mock.end(stop=True)
    session.run("analyze", "capture", "analyze", "r.pcapng")


def _watch(session: Session) -> None:
    """`lmwire capture watch` tells of a client."""
    mock = serve(session, "vendor-refused")
    mock.first_line()
    watching = {
        form: session.start(form, "capture", "watch", "-i", "lo", "--format", form) for form in ("text", "json")
    }
    for each in watching.values():
        each.first_note()
    session.run("diagnose", "diagnose", "27000@127.0.0.1", "--vendor", "ibmratl")
    for each in watching.values():
        each.first_line()
        each.end(stop=True)
    mock.end(stop=True)
