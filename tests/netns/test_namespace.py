from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from lmwire.netns import Namespace, Network, NetworkError, NetworkUnavailable, Stop

pytestmark = pytest.mark.network


@pytest.fixture
def host(network: Network) -> Namespace:
    return network.host("licsrv")


def test_it_is_another_machine(host: Namespace) -> None:
    assert host.run(["hostname"]).stdout == "licsrv\n"
    assert host.call(socket.gethostname) == "licsrv"
    assert socket.gethostname() != "licsrv"
    assert host.call(socket.if_nameindex) == [(1, "lo")]
    assert "UP" in host.run(["ip", "-brief", "link"]).stdout


def test_run_returns_all_that_was_said(host: Namespace) -> None:
    done = host.run(["sh", "-c", "cat; echo no >&2; exit 3"], input="yes")
    assert (done.returncode, done.stdout, done.stderr) == (3, "yes", "no\n")


def test_run_stays_in_the_directory(host: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert host.run(["pwd", "-P"]).stdout.strip() == str(tmp_path.resolve())
    assert host.call(Path.cwd) == tmp_path.resolve()


def test_a_program_that_takes_too_long_is_killed_with_its_children(host: Namespace) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        host.run(["sh", "-c", "sleep 1000 & sleep 1000"], timeout=0.2)


def test_a_missing_program_is_named(host: Namespace) -> None:
    with pytest.raises(NetworkUnavailable, match="'no-such-program' is missing"):
        host.run(["no-such-program"])


def test_a_process_outlives_the_thread_that_started_it(host: Namespace) -> None:
    started: list[subprocess.Popen[str]] = []

    def start() -> None:
        started.append(host.popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert started[0].communicate("still here", timeout=10)[0] == "still here"


def test_call_returns_the_result_or_raises_the_exception(host: Namespace) -> None:
    assert host.call(int, "1f", base=16) == 31
    with pytest.raises(ZeroDivisionError):
        host.call(divmod, 1, 0)
    assert host.call(host.call, os.getpid) == os.getpid()


def test_a_thread_runs_until_it_is_told_to_stop(host: Namespace) -> None:
    def work(stop: Stop, word: str) -> str:
        return word if stop.wait(20) else "never told"

    task = host.thread(work, "told")
    task.stop()
    assert task.result() == "told"


def test_what_a_thread_ends_with_is_raised_at_the_end() -> None:
    def work(stop: Stop) -> None:
        stop.wait(20)
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"), Network() as network:
        network.host("a").thread(work)


def test_only_a_router_forwards(network: Network) -> None:
    values = {
        name: node.run(["sysctl", "-n", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]).stdout.split()
        for name, node in (("host", network.host("h")), ("router", network.router("r")))
    }
    assert values == {"host": ["0", "0"], "router": ["1", "1"]}


def test_sysctls_are_of_the_namespace(host: Namespace) -> None:
    before = Path("/proc/sys/net/ipv4/tcp_syn_retries").read_text(encoding="ascii")
    host.sysctl("net.ipv4.tcp_syn_retries", 1)
    assert host.run(["sysctl", "-n", "net/ipv4/tcp_syn_retries"]).stdout == "1\n"
    assert Path("/proc/sys/net/ipv4/tcp_syn_retries").read_text(encoding="ascii") == before


@pytest.mark.parametrize("name", ["kernel.panic", "vm/swappiness", "net/../kernel/panic"])
def test_sysctls_of_the_machine_are_refused(host: Namespace, name: str) -> None:
    with pytest.raises(NetworkError, match="belongs to the whole machine"):
        host.sysctl(name, 1)


def test_a_sysctl_that_is_not_there_is_named(host: Namespace) -> None:
    with pytest.raises(NetworkError, match=r"cannot set sysctl net\.ipv4\.no_such"):
        host.sysctl("net.ipv4.no_such", 1)


def test_the_hosts_file_is_its_own(host: Namespace) -> None:
    before = Path("/etc/hosts").read_bytes()
    host.hosts({"licsrv": ["192.0.2.7", "2001:db8::7"], "other": "192.0.2.8"})
    assert host.run(["getent", "hosts", "other"]).stdout.startswith("192.0.2.8 ")
    found = host.call(socket.getaddrinfo, "licsrv", 27000, type=socket.SOCK_STREAM)
    assert {entry[4][0] for entry in found} == {"192.0.2.7", "2001:db8::7"}
    assert host.run(["getent", "hosts", "localhost"]).stdout.startswith("::1 ")
    assert Path("/etc/hosts").read_bytes() == before


def test_the_prefix_leads_inside(host: Namespace) -> None:
    command = [*host.prefix, "hostname"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603 - ours
    assert done.stdout == "licsrv\n"


def test_a_closed_namespace_says_so() -> None:
    with Network() as network:
        host = network.host("a")
    host.close()
    for use in (lambda: host.run(["true"]), lambda: host.call(os.getpid), lambda: host.ip("link"), lambda: host.prefix):
        with pytest.raises(NetworkError, match="a is closed"):
            use()
