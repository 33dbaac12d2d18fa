"""Machines to run lmwire on: Linux namespaces, so that ports, names and addresses are the same in every recording.

    with Machine(folder, "client.example") as machine:
        machine.run(["ip", "address"])

A machine has a network and a host name of its own, sees `folder` as /mnt, and knows the names in `HOSTS` and no
others. A port that the kernel chooses is one of 40000 to 40999, so that a comparison can tell which port was chosen.
Needs root on Linux, util-linux, iproute2 and nftables.
"""

from __future__ import annotations

import subprocess
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

__all__ = ["HERE", "Machine"]

HERE: Final = "/mnt"
"""The working directory on each machine."""

HOSTS: Final = """\
127.0.0.1 localhost
::1 localhost
192.0.2.10 client.example
192.0.2.20 licsrv.example licsrv
2001:db8::20 licsrv6.example
2001:db8::99 dual.example
192.0.2.20 dual.example
192.0.2.99 natted-inner.example
192.0.2.98 gone.example
127.0.1.1 loopname.example
"""
NO_DNS: Final = "hosts: files\n"
SILENT_DNS: Final = "hosts: files dns\n"

_START: Final = """\
set -e
ip link set lo up
echo "$1" > /proc/sys/kernel/hostname
echo 40000 40999 > /proc/sys/net/ipv4/ip_local_port_range
for file in hosts nsswitch.conf resolv.conf; do mount --bind "$2/.etc/$file" "/etc/$file"; done
mount --bind "$2" /mnt
echo ready
exec cat
"""
_INSIDE: Final = f'cd {HERE} && exec "$@"'


class Machine:
    """A machine that runs until it is left.

    Args:
        folder: what it sees as /mnt; several machines may share one.
        name: its host name.
        environment: of all that runs on it.
    """

    def __init__(self, folder: Path, name: str, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._name = name
        self._environment = dict(environment)
        self._holder: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        etc = self._folder / ".etc"
        etc.mkdir(exist_ok=True)
        for name, text in (("hosts", HOSTS), ("nsswitch.conf", NO_DNS), ("resolv.conf", "nameserver 192.0.2.20\n")):
            if not (etc / name).exists():
                (etc / name).write_text(text, encoding="utf-8")
        holder = subprocess.Popen(  # noqa: S603 # the script above
            ["unshare", "--net", "--uts", "--mount", "sh", "-c", _START, "sh", self._name, str(self._folder)],  # noqa: S607
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._holder = holder
        if holder.stdout is None or holder.stdout.readline() != "ready\n":
            self.__exit__(None, None, None)
            raise RuntimeError("no machine can be made here: root on Linux, unshare, ip and mount are needed")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if self._holder is not None:
            self._holder.communicate()  # `cat` ends with its input, and the namespaces end with it
            self._holder = None

    @property
    def pid(self) -> int:
        """The process that keeps the namespaces."""
        if self._holder is None:
            raise RuntimeError("enter the machine first")
        return self._holder.pid

    def command(self, words: Sequence[str]) -> list[str]:
        """Return what to run outside, to run `words` on the machine."""
        namespaces = ["--net", "--uts", "--mount"]
        return ["nsenter", "--target", str(self.pid), *namespaces, "--", "sh", "-c", _INSIDE, "sh", *words]

    def popen(self, words: Sequence[str], more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start `words` there."""
        return subprocess.Popen(  # noqa: S603 # what a session runs
            self.command(words),
            env={**self._environment, **(more or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, words: Sequence[str], given: str = "") -> None:
        """Run `words` there, which must succeed."""
        process = self.popen(words)
        _, told = process.communicate(given.encode())
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)}: {told.decode(errors='replace')}")

    def link(self, other: Machine, ours: tuple[str, Sequence[str]], theirs: tuple[str, Sequence[str]]) -> None:
        """Lay a cable to `other`: for each end, the name of the interface and its addresses."""
        (name, addresses), (far_name, far_addresses) = ours, theirs
        cable = ["type", "veth", "peer", "name", far_name, "netns", str(other.pid)]
        self.run(["ip", "link", "add", name, *cable])
        for machine, interface, all_ in ((self, name, addresses), (other, far_name, far_addresses)):
            for address in all_:
                machine.run(["ip", "address", "add", address, "dev", interface, *(["nodad"] if ":" in address else [])])
            machine.run(["ip", "link", "set", interface, "up"])

    def nft(self, hook: str, rules: Sequence[str]) -> None:
        """Add a firewall with `rules` to the machine."""
        body = "\n".join(rules)
        chain = f"chain {hook} {{\ntype filter hook {hook} priority filter;\n{body}\n}}\n"
        self.run(["nft", "-f", "-"], f"table inet outputs {{\n{chain}}}\n")
