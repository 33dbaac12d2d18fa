"""A target that names one server, and no more."""

from __future__ import annotations

from lmwire.licensepath import Server, parse_path
from lmwire.text import printable
from lmwire.workflows.settings import SettingError

__all__ = ["one_server"]


def one_server(target: str, hint: str = "give the one that fails, as in 27000@licsrv") -> Server:
    """Return the server that `target` names.

    Raises:
        LmwireError: it is written wrong, or names several servers.
    """
    servers = [server for one in parse_path(target).targets for server in one.servers]
    if len(servers) != 1:
        raise SettingError("target", f"{printable(target, 200)} names {len(servers)} servers", hint)
    return servers[0]
