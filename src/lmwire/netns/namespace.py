"""One machine of a network: a network, mount and UTS namespace that live as long as this process wants.

The namespaces are held by file descriptors of this process and by nothing else. Nothing is written under
/run/netns, /var or /tmp. When the process ends, be it by SIGKILL, the kernel removes the namespaces with their
interfaces, addresses and rules, and kills the processes started inside.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import IO, Concatenate, Generic, ParamSpec, Self, TypeVar

from lmwire.netns import kernel, processes, surroundings, tools
from lmwire.netns.errors import NetworkError
from lmwire.netns.stop import Stop

__all__ = ["Namespace", "Task"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Stream = int | IO[str] | IO[bytes] | None

# A host name, and with a suffix such as "-2" still an interface name of at most 15 characters.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,11}")
_RESERVED = frozenset({"lo", "all", "default"})
_SECONDS_TO_END = 5.0
# Becomes the program, unless its parent died between its start and its wish to be killed with its parent.
_UNLESS_ORPHANED = '[ "$PPID" = "$0" ] && exec "$@"; exit 1'


class Task(Generic[R_co]):
    """A function that runs in a thread inside a namespace until it returns or `stop` is set."""

    def __init__(self, thread: threading.Thread, future: Future[R_co], stop: Stop) -> None:
        self._thread = thread
        self._future = future
        self._stop = stop

    def result(self, timeout: float | None = None) -> R_co:
        """Wait for the function, and return its result or raise its exception; TimeoutError when it takes longer."""
        return self._future.result(timeout)

    def stop(self) -> None:
        """Set `stop` and wait for the function; raises its exception, or NetworkError when it goes on."""
        self._stop.set()
        self._thread.join(_SECONDS_TO_END)
        if self._thread.is_alive():
            raise NetworkError(f"thread {self._thread.name!r} did not end after its stop was set")
        self._stop.close()
        self._future.result()


class Namespace:
    """A machine of its own: interfaces, routes, firewall, sysctls, host name, /etc/hosts and resolver.

    `lo` is up. IPv6 addresses are usable at once (no duplicate address detection), no router is listened to,
    ICMP errors are not rate limited, `rp_filter` is off. Packets are forwarded, v4 and v6, only with
    `forwarding`. Nothing leads outside: traffic reaches what is linked to it, and never the real network.

    Mostly made by `Network.host` and `Network.router`, which close it too. All methods may be called from any
    thread. Raises NetworkUnavailable where the system makes no namespaces.
    """

    def __init__(self, name: str, *, forwarding: bool = False) -> None:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            rule = f"it must match {_NAME.pattern} and not be one of {sorted(_RESERVED)}"
            raise NetworkError(f"{name!r} is not a host name: {rule}")
        self.name = name
        self.forwarding = forwarding
        self._handles: kernel.Handles | None = None
        self._processes: set[subprocess.Popen[str]] = set()
        self._tasks: list[Task[object]] = []
        # This thread lives inside. It starts the processes, because the kernel kills a child that must die
        # with its parent when the *thread* that started it ends. This one ends with the namespace.
        self._resident = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-resident")
        try:
            self._resident.submit(self._settle).result()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError) and (refusal := kernel.refusal(error)):
                raise refusal from error
            raise

    def _settle(self) -> None:
        self._handles = kernel.create(self.name)
        surroundings.furnish(forwarding=self.forwarding)

    def __repr__(self) -> str:
        return f"<Namespace {self.name}{' closed' if self._handles is None else ''}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def handles(self) -> kernel.Handles:
        """The descriptors of the namespaces; raises NetworkError once closed."""
        if self._handles is None:
            raise NetworkError(f"{self.name} is closed")
        return self._handles

    @property
    def net_path(self) -> str:
        """A path of the network namespace, for tools that take one, as long as this process lives."""
        return f"/proc/{os.getpid()}/fd/{self.handles.net}"

    @property
    def prefix(self) -> tuple[str, ...]:
        """The words before a command that run it inside, from any terminal of the same user."""
        handles, own = self.handles, f"/proc/{os.getpid()}/fd/"
        return (
            tools.find("nsenter"),
            f"--net={own}{handles.net}",
            f"--mount={own}{handles.mount}",
            f"--uts={own}{handles.uts}",
            "--",
        )

    # -- programs ---------------------------------------------------------------------------------------------

    def popen(
        self,
        argv: Sequence[str],
        *,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = None,
        stderr: Stream = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a program inside, in a process group of its own, with text streams, in which no byte is lost.

        It is killed when the namespace is closed, and by the kernel when this process dies. Raises
        NetworkUnavailable when the program is not installed.
        """
        self._processes.difference_update([ended for ended in list(self._processes) if ended.returncode is not None])
        directory = cwd or os.getcwd()  # noqa: PTH109 - the caller's; the resident thread may have another
        program = (tools.find(argv[0]), *argv[1:])
        unless_orphaned = (tools.find("sh"), "-c", _UNLESS_ORPHANED, str(os.getpid()), *program)
        command = (tools.find("setpriv"), "--pdeathsig", "KILL", *unless_orphaned)
        process = self.inside(
            lambda: subprocess.Popen(  # noqa: S603 - running what the caller says is its purpose
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=env,
                cwd=directory,
                text=True,
                errors="surrogateescape",
                start_new_session=True,
            )
        )
        self._processes.add(process)
        return process

    def run(
        self,
        argv: Sequence[str],
        *,
        input: str | None = None,  # noqa: A002 - as subprocess.run calls it
        timeout: float = 30.0,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside, and return its status and output. A status other than 0 raises nothing.

        Raises subprocess.TimeoutExpired after `timeout` seconds, when it and its process group are killed.
        """
        stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
        process = self.popen(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd)
        try:
            stdout, stderr = process.communicate(input, timeout)
        finally:
            processes.end(process)
            self._processes.discard(process)
        return subprocess.CompletedProcess(list(argv), process.returncode, stdout, stderr)

    # -- functions --------------------------------------------------------------------------------------------

    def call(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `function` in a thread inside; return its result or raise its exception.

        Sockets opened there stay inside, also for a thread outside. For a coroutine: `call(asyncio.run, main())`.
        """
        thread, future = self._start(lambda: function(*args, **kwargs), f"{self.name}-call")
        try:
            return future.result()
        finally:
            if future.done():  # else somebody pressed Ctrl-C, and is not to wait for the function
                thread.join()

    def thread(self, function: Callable[Concatenate[Stop, P], R], /, *args: P.args, **kwargs: P.kwargs) -> Task[R]:
        """Run `function(stop, …)` in a thread inside, until it returns; it must return once `stop` is set.

        Closing the namespace sets `stop`, waits for the thread, and raises the exception that it ended with.
        """
        stop = Stop()
        task = Task(*self._start(lambda: function(stop, *args, **kwargs), f"{self.name}-thread"), stop)
        self._tasks.append(task)
        return task

    def inside(self, function: Callable[[], R]) -> R:
        """Run a *short* function in the resident thread: cheaper than `call`, but one after the other."""
        _ = self.handles  # raises once closed
        return self._resident.submit(function).result()

    def _start(self, function: Callable[[], R], name: str) -> tuple[threading.Thread, Future[R]]:
        handles, directory = self.handles, os.getcwd()  # noqa: PTH109
        future: Future[R] = Future()

        def body() -> None:
            try:
                kernel.enter(handles, directory)
                result = function()
            except BaseException as error:  # noqa: BLE001 - the future passes it to its waiter
                future.set_exception(error)
            else:
                future.set_result(result)

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread, future

    # -- settings ---------------------------------------------------------------------------------------------

    def ip(self, *lines: str) -> None:
        """Give lines to `ip -batch`, such as "address add 192.0.2.9/32 dev lo"; raises CommandError."""
        if lines:
            self.inside(lambda: tools.feed("ip", "".join(f"{line}\n" for line in lines)))

    def route(self, destination: str, via: str) -> None:
        """Send packets for `destination` (a network, "0.0.0.0/0" or "::/0" for the rest) to the neighbour `via`."""
        self.ip(f"route replace {destination} via {via}")

    def nft(self, ruleset: str) -> None:
        """Load an nftables ruleset, all of it or nothing; raises CommandError with the offending line."""
        self.inside(lambda: tools.feed("nft", ruleset))

    def iptables_restore(self, ruleset: str, *, ipv6: bool = False) -> None:
        """Load what iptables-save (or ip6tables-save) would print; raises CommandError."""
        self.inside(lambda: tools.feed("ip6tables" if ipv6 else "iptables", ruleset))

    def sysctl(self, name: str, value: str | int) -> None:
        """Set a sysctl of this namespace, such as ("net.ipv4.tcp_syn_retries", 1); raises NetworkError."""
        path = surroundings.setting(name)
        try:
            self.inside(lambda: path.write_text(f"{value}\n", encoding="ascii"))
        except OSError as error:
            raise NetworkError(f"cannot set sysctl {name} to {value!r} in {self.name}: {error.strerror}") from error

    def hosts(self, names: Mapping[str, str | Sequence[str]]) -> None:
        """Replace /etc/hosts: name to its address or addresses; `localhost` is always there."""
        self._write("/etc/hosts", surroundings.hosts_file(names))

    def nameservers(self, *servers: str, search: Sequence[str] = (), options: Sequence[str] = ()) -> None:
        """Replace /etc/resolv.conf; `options` as there, such as ("timeout:1", "attempts:1")."""
        self._write("/etc/resolv.conf", surroundings.resolver_file(servers, search, options))

    def _write(self, path: str, text: str) -> None:
        def write() -> None:
            with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - no Path is any clearer here
                file.write(text)

        self.inside(write)

    # -- end --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Stop the threads, kill the processes, close the namespaces; a second time does nothing.

        Raises the first exception that a thread ended with, after everything is closed.
        """
        failures = [failure for task in self._tasks if (failure := _failure(task))]
        for process in list(self._processes):
            processes.end(process)
        self._tasks, self._processes = [], set()
        handles, self._handles = self._handles, None
        if handles is not None:
            processes.end_strays(handles.net)
        self._resident.shutdown()
        if handles is not None:
            handles.close()
        if failures:
            raise failures[0]


def _failure(task: Task[object]) -> Exception | None:
    try:
        task.stop()
    except Exception as error:  # noqa: BLE001 - raised again once all are stopped
        return error
    return None
