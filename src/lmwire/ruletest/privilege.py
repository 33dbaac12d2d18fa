"""Get permission to make network namespaces, also for an ordinary user."""

from __future__ import annotations

import ctypes
import errno
import os
import re
from pathlib import Path
from typing import Final

from lmwire.netns import NetworkUnavailable

__all__ = ["have_permission"]

_CLONE_NEWUSER: Final = 0x1000_0000  # linux/sched.h
_CAP_SYS_ADMIN: Final = 21  # linux/capability.h
_ROOT: Final = "run it as root (in a container: --privileged)"
_REASONS: Final = {
    errno.EPERM: "this kernel does not allow users to make user namespaces (sysctl kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns, or a container's seccomp profile)",
    errno.EACCES: "this kernel does not allow users to make user namespaces",
    errno.ENOSPC: "the limit of user namespaces is reached (sysctl user.max_user_namespaces)",
    errno.EUSERS: "user namespaces are nested too deeply",
    errno.ENOSYS: "this kernel has no user namespaces",
    errno.EINVAL: "this process already has threads, or this kernel has no user namespaces",
}


def have_permission() -> bool:
    """Make sure that this process can make namespaces. Without CAP_SYS_ADMIN, make it root of a user namespace.

    Call it before any thread starts, because a user namespace applies to a whole process. Files written later still
    belong to the user.

    Returns:
        True when a user namespace was needed and made.

    Raises:
        NetworkUnavailable: the kernel does not allow it; the error says what to do.
    """
    if _is_capable():
        return False
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise NetworkUnavailable(_REASONS.get(number, os.strerror(number)), _ROOT)
    try:
        _write("setgroups", "deny")
        _write("uid_map", f"0 {user} 1")
        _write("gid_map", f"0 {group} 1")
    except OSError as error:
        raise NetworkUnavailable(f"a user namespace does not work here: {error.strerror}", _ROOT) from error
    return True


def _is_capable() -> bool:
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> _CAP_SYS_ADMIN & 1)


def _write(name: str, text: str) -> None:
    (Path("/proc/self") / name).write_text(text, encoding="ascii")
