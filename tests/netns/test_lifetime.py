"""Nothing is left: after a network is closed, after a failure, and after its process was killed."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lmwire.netns import Namespace, Network
from lmwire.netns.dns import DnsServer, DnsZone

pytestmark = pytest.mark.network

_RTM_DELLINK = 17  # linux/rtnetlink.h
_RTMGRP_LINK = 1
_SECONDS = 20.0
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _descriptors() -> set[str]:
    return {str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}


def _build_everything(network: Network) -> None:
    chain = network.chain("client", "r1", "server")
    network.chain(chain["r1"], "far", delay=0.001, loss=0.1)
    DnsServer(chain["server"], DnsZone.of({"licsrv": "192.0.2.1"}))
    chain["client"].popen(["sleep", "1000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    chain["client"].call(os.getpid)


@pytest.mark.parametrize("failing", [False, True])
def test_descriptors_threads_and_mounts_are_as_before(*, failing: bool) -> None:
    before = _descriptors(), threading.enumerate(), Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    try:
        with Network() as network:
            _build_everything(network)
            if failing:
                raise RuntimeError  # noqa: TRY301 - leaves the block, as a failing test would
    except RuntimeError:
        assert failing
    assert (_descriptors(), threading.enumerate(), Path("/proc/self/mountinfo").read_text(encoding="utf-8")) == before


def _ends(process: int) -> bool:
    """Wait until the process of this descriptor has ended."""
    return bool(select.select([process], [], [], _SECONDS)[0])


def test_a_process_that_left_its_group_is_ended_too() -> None:
    with Network() as network:
        said = network.host("a").run(["sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"]).stdout
        stray = os.pidfd_open(int(said))
    try:
        assert _ends(stray)
    finally:
        os.close(stray)


_CHILD = """
import os, sys
from lmwire.netns import Network
with Network() as network:
    inner = network.host("inner")
    inner.ip(f"link add probe type veth peer name witness netns {os.getpid()}")
    print(inner.popen(["sleep", "1000"]).pid, flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_leaves_neither_interfaces_nor_processes(network: Network) -> None:
    outside = network.host("outside")
    child = outside.popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_ENVIRONMENT
    )
    assert child.stdout is not None
    sleeper = os.pidfd_open(int(child.stdout.readline()))
    try:
        # One end of a pair is outside; the kernel removes it when it has removed the namespace of the other.
        with outside.call(_watch_links) as links:
            assert "witness" in _interfaces(outside)
            child.send_signal(signal.SIGKILL)
            assert child.wait(_SECONDS) == -signal.SIGKILL
            assert _ends(sleeper)
            _wait_for_removal(links)
            assert _interfaces(outside) == {"lo"}
    finally:
        os.close(sleeper)


def test_a_process_is_killed_with_its_parent_however_early_that_dies(tmp_path: Path) -> None:
    """Here the parent dies before its child could ask to be killed with it."""
    gate, slow = tmp_path / "gate", tmp_path / "setpriv"
    os.mkfifo(gate)
    slow.write_text(f'#!/bin/sh\nread -r _ <"{gate}"\nexec "{shutil.which("setpriv")}" "$@"\n', encoding="utf-8")
    slow.chmod(0o755)
    environment = {**_ENVIRONMENT, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    with subprocess.Popen(  # noqa: S603 - this Python, and a program written above
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdout is not None
        early = os.pidfd_open(int(child.stdout.readline()))
        child.kill()
    try:
        with gate.open("r+b", buffering=0) as opened:
            opened.write(b"\n")
            assert _ends(early)
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(early, signal.SIGKILL)
        os.close(early)


def _interfaces(namespace: Namespace) -> set[str]:
    return {name for _, name in namespace.call(socket.if_nameindex)}


def _watch_links() -> socket.socket:
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    netlink.bind((0, _RTMGRP_LINK))
    return netlink


def _wait_for_removal(links: socket.socket) -> None:
    deadline = time.monotonic() + _SECONDS
    while select.select([links], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if int.from_bytes(links.recv(65_536)[4:6], sys.byteorder) == _RTM_DELLINK:
            return
    pytest.fail("no interface was removed")
