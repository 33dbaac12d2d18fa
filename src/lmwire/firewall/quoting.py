"""One place for each language in which text is quoted. All of them take text through `plain` first.

What stands here beside `plain` is the quote itself, and why it holds.
"""

from __future__ import annotations

import json
import shlex

from lmwire.firewall.comments import plain

__all__ = ["bare", "cmd", "code_span", "hcl", "junos", "nft", "powershell", "restore", "shell", "yaml"]


def shell(text: str, limit: int) -> str:
    """Quote a word for sh."""
    return shlex.quote(plain(text, limit))


def powershell(text: str, limit: int) -> str:
    """Quote for PowerShell: nothing is expanded between single quotes, and no quote, curly or not, is in `plain`."""
    return f"'{plain(text, limit)}'"


def cmd(text: str, limit: int) -> str:
    """Quote for cmd.exe: nothing takes `%` and `"` away from it for sure, hence none is in `plain`."""
    return f'"{plain(text, limit)}"'


def nft(text: str, limit: int) -> str:
    """Quote for nft, whose strings know no escape: they end at the first quote."""
    return f'"{plain(text, limit)}"'


def restore(text: str, limit: int) -> str:
    """Quote for iptables-restore, which knows double quotes and the backslash in them."""
    return f'"{plain(text, limit)}"'


def hcl(text: str, limit: int) -> str:
    """Quote for Terraform: a JSON string, but for the templates that begin with `$` and `%`."""
    return json.dumps(plain(text, limit))


def yaml(text: str, limit: int) -> str:
    """Quote for YAML, to which a JSON string is a string."""
    return json.dumps(plain(text, limit))


def junos(text: str, limit: int) -> str:
    """Quote for Junos: a text between double quotes."""
    return f'"{plain(text, limit)}"'


def bare(text: str, limit: int) -> str:
    """Return text for the rest of a line, as a remark of the ASA; a comment sign before it makes it a comment."""
    return plain(text, limit)


def code_span(text: str, limit: int) -> str:
    """Return a code span of Markdown: no backtick is in `plain`, and no `|`, which ends a cell even in a span."""
    return f"`{plain(text, limit)}`"
