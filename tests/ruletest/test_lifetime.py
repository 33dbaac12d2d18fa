"""Whatever ends a test of rules, nothing of it is left: no namespace, no interface, no process."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmwire.netns import Network
from tests.cli.running import COMMAND, clean
from tests.ruletest.playing import PLANS

pytestmark = pytest.mark.network

_PLAN = PLANS / "dnat-of-the-plan" / "plan.toml"
_LAST = "server licsrv: "
_SECONDS = 20.0
_RTM_DELLINK = 17  # linux/rtnetlink.h
_RTMGRP_LINK = 1
_ORDINARY = ("unshare", "--map-user=1000", "--map-group=1000")
"""Makes a user with a number of their own and no capability at all, who may read what this test's user may."""


def _start(*prefix: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 # ours
        [*prefix, *COMMAND, "firewall", "test", str(_PLAN), "--keep"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean(),
    )


def _entries(process: subprocess.Popen[str]) -> dict[str, list[str]]:
    """How to enter each machine, once the network is ready."""
    assert process.stderr is not None
    found = {}
    for line in process.stderr:
        name, _, command = line.strip().partition(": ")
        if command.endswith(" sh"):
            found[name] = shlex.split(command)[:-1]
        if _LAST in line:
            return found
    raise AssertionError("it ended before the network was ready")


def _interfaces() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir()}


@pytest.mark.parametrize("prefix", [(), _ORDINARY], ids=["root", "ordinary user"])
def test_keep_lets_in_and_ends_with_enter(prefix: tuple[str, ...]) -> None:
    process = _start(*prefix)
    try:
        entries = _entries(process)
        assert list(entries) == ["client in internet", "client in servers", "router fw", "server licsrv"]
        inside = subprocess.run(  # noqa: S603 # what it told us
            [*entries["router fw"], "ip", "-brief", "link"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        assert "wan@" in inside.stdout
        out, err = process.communicate("\n", _SECONDS)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
    assert out.endswith("Plan firewall: 1 of 1 as expected.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_a_signal(number: signal.Signals) -> None:
    before = _interfaces(), Path("/proc/self/mountinfo").read_text(encoding="utf-8"), _named()
    process = _start()
    with Network() as network:
        outside = network.host("outside")
        try:
            enter = _entries(process)["router fw"]
            # One end of a pair is ours; the kernel removes it when it has removed the namespace of the other.
            add = f"ip link add probe type veth peer name witness netns {outside.net_path}"
            subprocess.run([*enter, *add.split()], check=True, timeout=_SECONDS)  # noqa: S603 # what it told us
            with outside.call(_watch_links) as links:
                process.send_signal(number)
                status = process.wait(_SECONDS)
                _wait_for_removal(links)
        finally:
            process.kill()
            process.communicate()
        assert {name for _, name in outside.call(socket.if_nameindex)} == {"lo"}
    # With --keep, Ctrl-C is how one says that one has seen enough.
    assert status == (0 if number is signal.SIGINT else -number)
    assert (_interfaces(), Path("/proc/self/mountinfo").read_text(encoding="utf-8"), _named()) == before


def _watch_links() -> socket.socket:
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    netlink.settimeout(_SECONDS)
    netlink.bind((0, _RTMGRP_LINK))
    return netlink


def _wait_for_removal(links: socket.socket) -> None:
    while int.from_bytes(links.recv(65_536)[4:6], sys.byteorder) != _RTM_DELLINK:
        pass


def _named() -> list[str]:
    return subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()  # noqa: S607


def test_after_a_kill_in_the_middle_the_next_run_is_fine() -> None:
    before = _named()
    slow = [*COMMAND, "firewall", "test", str(PLANS / "nft-only-lmgrd" / "plan.toml")]
    with subprocess.Popen(slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean()) as process:  # noqa: S603
        _wait_for_namespaces(process.pid)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    again = [*COMMAND, "firewall", "test", str(_PLAN)]
    done = subprocess.run(again, capture_output=True, text=True, env=clean(), timeout=60, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
    assert _named() == before


def test_ctrl_c_in_the_middle_ends_it_quietly() -> None:
    command = [*COMMAND, "firewall", "test", str(PLANS / "nft-only-lmgrd" / "plan.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean()) as process:  # noqa: S603
        _wait_for_namespaces(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=_SECONDS) == (b"", b"")
    assert process.returncode == 130


def _wait_for_namespaces(process: int) -> None:
    own = Path("/proc/self/ns/net").readlink()
    until = time.monotonic() + _SECONDS
    while not any(network != own for network in _networks(process)):
        assert time.monotonic() < until
        os.sched_yield()


def _networks(process: int) -> Iterator[Path]:
    """The networks that a process has a thread in."""
    for task in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            yield (task / "ns/net").readlink()


_USER_LIMIT = (
    "the limit of user namespaces is reached (sysctl user.max_user_namespaces)\n"
    "  Hint: run it as root (in a container: --privileged)\n"
)
_NET_LIMIT = (
    "the limit of namespaces is reached; raise sysctl user.max_net_namespaces and user.max_mnt_namespaces; this was "
    "tried in a user namespace made for you, which the system may restrict, too "
    "(sysctl kernel.apparmor_restrict_unprivileged_userns)\n"
)


@pytest.mark.parametrize(
    ("limit", "become", "said"),
    [
        (
            "max_user_namespaces",
            "setpriv --bounding-set -all --inh-caps -all",
            _USER_LIMIT,
        ),
        (
            "max_net_namespaces",
            shlex.join(_ORDINARY),
            _NET_LIMIT,
        ),
    ],
)
def test_a_user_who_may_not_is_told_so(limit: str, become: str, said: str) -> None:
    script = f'echo 0 > /proc/sys/user/{limit} && exec {become} {shlex.join(COMMAND)} firewall test "$0"'
    done = subprocess.run(  # noqa: S603 # in a user namespace of its own, whose limits nobody else meets
        ["unshare", "-Ur", "sh", "-c", script, str(_PLAN)],  # noqa: S607
        capture_output=True,
        text=True,
        env=clean(),
        timeout=_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"lmwire: no network namespaces here: {said}"
