"""Run the system's tools on a text; their error messages become exceptions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Literal

from lmwire.netns.errors import CommandError, NetworkUnavailable

__all__ = ["ToolName", "feed", "find"]

ToolName = Literal["ip", "nft", "iptables", "ip6tables"]

_PACKAGES = {
    "ip": "iproute2",
    "nft": "nftables",
    "iptables-restore": "iptables",
    "ip6tables-restore": "iptables",
    "setpriv": "util-linux",
    "nsenter": "util-linux",
}
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Tool:
    """How a tool reads its standard input, and how it names the line that it rejects."""

    command: tuple[str, ...]
    line: re.Pattern[str]


_TOOLS: dict[ToolName, _Tool] = {
    "ip": _Tool(("ip", "-batch", "-"), re.compile(r"-:(\d+)$", re.MULTILINE)),
    "nft": _Tool(("nft", "-f", "-"), re.compile(r"^/dev/stdin:(\d+):", re.MULTILINE)),
    "iptables": _Tool(("iptables-restore",), re.compile(r"line:? (\d+)")),
    "ip6tables": _Tool(("ip6tables-restore",), re.compile(r"line:? (\d+)")),
}


def find(program: str) -> str:
    """Return the path of `program`, also where an unprivileged user's PATH does not look.

    Raises NetworkUnavailable when it is not installed.
    """
    path = os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin:/sbin"
    found = shutil.which(program, path=path)
    if found is None:
        package = _PACKAGES.get(program)
        raise NetworkUnavailable(
            f"the program {program!r} is missing", f"install the package {package}" if package else "install it"
        )
    return found


def feed(name: ToolName, text: str) -> None:
    """Give `text` to a tool, in the namespaces of the calling thread.

    Raises CommandError with the tool's error message and the line it rejects, NetworkUnavailable when it is missing.
    """
    tool = _TOOLS[name]
    program, *arguments = tool.command
    try:
        done = subprocess.run(  # noqa: S603 - programs of the table above
            [find(program), *arguments],
            input=text,
            capture_output=True,
            text=True,
            env={**os.environ, "LC_ALL": "C"},  # lmwire parses the error messages
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(tool.command, -9, f"no end within {_SECONDS:.0f} s") from error
    if done.returncode != 0:
        raise CommandError(tool.command, done.returncode, done.stderr, _line(tool.line, done.stderr, text))


def _line(pattern: re.Pattern[str], stderr: str, text: str) -> str | None:
    named = pattern.search(stderr)
    lines = text.splitlines()
    if named is None or not 0 < int(named[1]) <= len(lines):
        return None
    return lines[int(named[1]) - 1].strip()
