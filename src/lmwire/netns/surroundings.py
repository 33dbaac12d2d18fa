"""The kernel settings and /etc files of a new namespace, the same on every machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lmwire.netns import kernel
from lmwire.netns.errors import NetworkError, NetworkUnavailable

__all__ = ["furnish", "hosts_file", "resolver_file", "setting"]

_OWN_FILES = {
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/resolv.conf": "",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
}

# Both `all` and `default`: the first is for the interfaces there are, the second for those to come.
_PER_INTERFACE = {
    "ipv4/conf/{}/rp_filter": "0",
    "ipv4/conf/{}/send_redirects": "0",
    "ipv4/conf/{}/accept_redirects": "0",
    "ipv6/conf/{}/disable_ipv6": "0",
    "ipv6/conf/{}/accept_ra": "0",
    "ipv6/conf/{}/accept_redirects": "0",
    "ipv6/conf/{}/autoconf": "0",
    "ipv6/conf/{}/router_solicitations": "0",
    "ipv6/conf/{}/accept_dad": "0",
    "ipv6/conf/{}/dad_transmits": "0",
}
# Every ICMP error is sent, however many there are; a full listen queue drops, and never resets.
_PER_NAMESPACE = {
    "ipv4/icmp_ratelimit": "0",
    "ipv4/icmp_ratemask": "0",
    "ipv6/icmp/ratelimit": "0",
    "ipv6/icmp/ratemask": "\n",
    "ipv4/tcp_abort_on_overflow": "0",
}
_NET = Path("/proc/sys/net")


def furnish(*, forwarding: bool) -> None:
    """Give the calling thread's new namespaces their settings and files, and set `lo` up.

    The files live in a memory file system that only these namespaces see. The kernel removes it with them,
    even when the process is killed.
    """
    for name, value in _settings(forwarding=forwarding):
        try:
            (_NET / name).write_text(value, encoding="ascii")
        except FileNotFoundError:
            continue  # an older kernel, or one without IPv6
    kernel.bring_up("lo")
    _bind_own_files()


def _settings(*, forwarding: bool) -> Iterator[tuple[str, str]]:
    # Forwarding comes first, because the kernel resets other settings when it changes.
    for family in ("ipv4", "ipv6"):
        for scope in ("all", "default"):
            yield f"{family}/conf/{scope}/forwarding", str(int(forwarding))
    for pattern, value in _PER_INTERFACE.items():
        for scope in ("all", "default"):
            yield pattern.format(scope), value
    yield from _PER_NAMESPACE.items()


def _bind_own_files() -> None:
    scratch = Path(tempfile.gettempdir())
    kernel.attach("tmpfs", str(scratch), "tmpfs")
    try:
        for target, text in _OWN_FILES.items():
            source = scratch / Path(target).name
            source.write_text(text, encoding="ascii")
            try:
                kernel.attach(str(source), target, flags=kernel.MS_BIND)
            except FileNotFoundError as error:
                raise NetworkUnavailable(f"{target} does not exist", f"create it: `touch {target}`") from error
    finally:
        kernel.detach(str(scratch))


def setting(name: str) -> Path:
    """Return the file of the sysctl `name`, such as `net.ipv4.tcp_syn_retries` or `net/ipv6/conf/r1/hop_limit`.

    Raises NetworkError for a name outside `net`: it would belong to the whole machine.
    """
    path = name if "/" in name else name.replace(".", "/")
    top, _, rest = path.partition("/")
    if top != "net" or ".." in rest.split("/"):
        raise NetworkError(f"sysctl {name!r} belongs to the whole machine, not to a network namespace")
    return _NET / rest


def hosts_file(names: Mapping[str, str | Sequence[str]]) -> str:
    """Return an /etc/hosts with `localhost` and, in the order given, the addresses of `names`."""
    lines = [_OWN_FILES["/etc/hosts"]]
    for name, addresses in names.items():
        lines += [f"{address} {name}\n" for address in ([addresses] if isinstance(addresses, str) else addresses)]
    return "".join(lines)


def resolver_file(servers: Sequence[str], search: Sequence[str], options: Sequence[str]) -> str:
    """Return an /etc/resolv.conf."""
    lines = [f"nameserver {server}" for server in servers]
    lines += [f"{word} {' '.join(values)}" for word, values in (("search", search), ("options", options)) if values]
    return "".join(f"{line}\n" for line in lines)
