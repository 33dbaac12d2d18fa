"""The few system calls and ioctls that Python 3.11 lacks, for the calling thread only.

Namespaces belong to threads, not to processes: everything here changes the thread that calls it, and leaves
the rest of the process where it is.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import socket
import struct
import sys
from dataclasses import dataclass

from lmwire.netns.errors import NetworkUnavailable

__all__ = [
    "MS_BIND",
    "Handles",
    "attach",
    "bring_up",
    "create",
    "detach",
    "disable_offloads",
    "enter",
    "open_tap",
    "refusal",
]

# linux/sched.h
_CLONE_FS = 0x0000_0200
_CLONE_NEWNS = 0x0002_0000
_CLONE_NEWUTS = 0x0400_0000
_CLONE_NEWNET = 0x4000_0000
# linux/mount.h
MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 1 << 18
_MNT_DETACH = 2
# linux/sockios.h, linux/if.h, linux/ethtool.h, linux/if_tun.h
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_SIOCETHTOOL = 0x8946
_IFF_UP = 0x1
_ETHTOOL_STXCSUM = 0x17
_ETHTOOL_STSO = 0x1F
_ETHTOOL_SGSO = 0x24
_TUNSETIFF = 0x4004_54CA
_IFF_TAP_WITHOUT_HEADER = 0x0002 | 0x1000

_ROOT = "run as root with CAP_SYS_ADMIN (in a container: --privileged), or inside `unshare -Ur`"
_REFUSALS = {
    errno.EPERM: ("the permission to make namespaces is missing", _ROOT),
    errno.EACCES: ("the permission to make namespaces is missing", _ROOT),
    errno.EROFS: ("/proc/sys is read-only", _ROOT),
    errno.ENOSYS: ("this kernel has no namespaces", "use a Linux kernel built with NET_NS and UTS_NS"),
    errno.EINVAL: ("this kernel lacks a kind of namespace", "use a Linux kernel built with NET_NS and UTS_NS"),
    errno.ENOSPC: (
        "the limit of namespaces is reached",
        "raise sysctl user.max_net_namespaces and user.max_mnt_namespaces",
    ),
}


@dataclass(frozen=True, slots=True)
class Handles:
    """The open file descriptors that alone keep the namespaces alive."""

    net: int
    mount: int
    uts: int

    def close(self) -> None:
        """Close the namespaces; the kernel removes them when no thread is left inside."""
        for descriptor in (self.net, self.mount, self.uts):
            os.close(descriptor)


def refusal(error: OSError) -> NetworkUnavailable | None:
    """Return the missing feature of this machine that caused `error`; None for another cause."""
    known = _REFUSALS.get(error.errno or 0)
    return None if known is None else NetworkUnavailable(*known)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if sys.platform != "linux":
        raise NetworkUnavailable(f"{sys.platform} has none", "use Linux")
    if getattr(_libc(), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def create(hostname: str) -> Handles:
    """Move the calling thread into new network, mount and UTS namespaces, and return the descriptors that keep them.

    No mount made there is seen outside. Raises OSError when the kernel refuses.
    """
    _call("unshare", _CLONE_NEWNET | _CLONE_NEWNS | _CLONE_NEWUTS)
    _call("mount", None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    name = hostname.encode("ascii")
    _call("sethostname", name, ctypes.c_size_t(len(name)))
    opened: list[int] = []
    try:
        for kind in ("net", "mnt", "uts"):
            opened.append(os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC))  # noqa: PERF401
    except OSError:
        for descriptor in opened:
            os.close(descriptor)
        raise
    return Handles(*opened)


def enter(handles: Handles, directory: str) -> None:
    """Move the calling thread into existing namespaces, staying in `directory`.

    Changing the mount namespace also changes the working directory, which the threads of a process share;
    hence the thread first gets its own.
    """
    _call("unshare", _CLONE_FS)
    _call("setns", handles.net, _CLONE_NEWNET)
    _call("setns", handles.uts, _CLONE_NEWUTS)
    _call("setns", handles.mount, _CLONE_NEWNS)
    os.chdir(directory)


def attach(source: str, target: str, kind: str | None = None, flags: int = 0) -> None:
    """Mount `source` on `target`, in the calling thread's mount namespace."""
    _call("mount", os.fsencode(source), os.fsencode(target), kind and kind.encode(), ctypes.c_ulong(flags), None)


def detach(target: str) -> None:
    """Unmount the topmost mount of `target`; its bind mounts elsewhere stay."""
    _call("umount2", os.fsencode(target), _MNT_DETACH)


def _request(number: int, payload: bytes) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        return fcntl.ioctl(handle, number, payload)


def bring_up(interface: str) -> None:
    """Set `interface` of the calling thread's network namespace up."""
    flags: int = struct.unpack_from("16xH", _request(_SIOCGIFFLAGS, struct.pack("16s24x", interface.encode())))[0]
    _request(_SIOCSIFFLAGS, struct.pack("16sH22x", interface.encode(), flags | _IFF_UP))


def disable_offloads(interface: str) -> None:
    """Make `interface` send what a wire would carry: no segment above the MTU, checksums filled in.

    A veth pair leaves both to hardware that it does not have, and captures would show that.
    """
    for command in (_ETHTOOL_STSO, _ETHTOOL_SGSO, _ETHTOOL_STXCSUM):
        value = ctypes.create_string_buffer(struct.pack("II", command, 0))
        _request(_SIOCETHTOOL, struct.pack("16sP16x", interface.encode(), ctypes.addressof(value)))


def open_tap(interface: str) -> int:
    """Make the TAP device `interface` and return its non-blocking descriptor, one Ethernet frame a read or write.

    The device lives as long as the descriptor. Raises NetworkUnavailable without /dev/net/tun.
    """
    try:
        descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = f"cannot open /dev/net/tun ({error.strerror}), which delay and loss need"
        raise NetworkUnavailable(reason, "load the module tun, or give the container the device") from error
    try:
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _IFF_TAP_WITHOUT_HEADER))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
