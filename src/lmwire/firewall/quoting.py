"""The quoting of each language, one function each. Every function first calls `plain`.

Each docstring says why the quotes are safe.
"""

from __future__ import annotations

import json
import re
import shlex

from lmwire.firewall.comments import plain

__all__ = [
    "bare",
    "cmd",
    "code_span",
    "fortios",
    "hcl",
    "junos",
    "nft",
    "panos",
    "powershell",
    "restore",
    "routeros",
    "shell",
    "xml_comment",
    "xml_text",
    "yaml",
]


def shell(text: str, limit: int) -> str:
    """Quote a word for sh."""
    return shlex.quote(plain(text, limit))


def powershell(text: str, limit: int) -> str:
    """Quote for PowerShell: nothing is expanded between single quotes, and no quote, curly or not, is in `plain`."""
    return f"'{plain(text, limit)}'"


def cmd(text: str, limit: int) -> str:
    """Quote for cmd.exe: no escape protects `%` and `"` reliably, so `plain` removes them."""
    return f'"{plain(text, limit)}"'


def nft(text: str, limit: int) -> str:
    """Quote for nft: its strings have no escapes and end at the first quote."""
    return f'"{plain(text, limit)}"'


def restore(text: str, limit: int) -> str:
    """Quote for iptables-restore: double quotes, with backslash escapes in them."""
    return f'"{plain(text, limit)}"'


def hcl(text: str, limit: int) -> str:
    """Quote for Terraform: a JSON string, except for templates, which start with `$` or `%`."""
    return json.dumps(plain(text, limit))


def yaml(text: str, limit: int) -> str:
    """Quote for YAML: a JSON string is a YAML string."""
    return json.dumps(plain(text, limit))


def junos(text: str, limit: int) -> str:
    """Quote for Junos: text in double quotes."""
    return f'"{plain(text, limit)}"'


def fortios(text: str, limit: int) -> str:
    """Quote for FortiOS: it refuses quotes and angle brackets in texts, and `?` asks for help; `plain` has none."""
    return f'"{plain(text, limit)}"'


def panos(text: str, limit: int) -> str:
    """Quote for PAN-OS: text in double quotes."""
    return f'"{plain(text, limit)}"'


def routeros(text: str, limit: int) -> str:
    """Quote for RouterOS: `$` and backslash are special in its double quotes, and `plain` has neither."""
    return f'"{plain(text, limit)}"'


def xml_text(text: str, limit: int) -> str:
    """Return the text of an XML element: `plain` has neither `<` nor `&`."""
    return plain(text, limit)


def xml_comment(text: str) -> str:
    """Return the text of an XML comment, of `plain` characters: two hyphens would end it."""
    return re.sub("--+", "-", text)


def bare(text: str, limit: int) -> str:
    """Return text for the rest of a line: a remark of Cisco, or a comment after its comment sign."""
    return plain(text, limit)


def code_span(text: str, limit: int) -> str:
    """Return a code span of Markdown: `plain` removes backticks, and `|`, which ends a cell even in a span."""
    return f"`{plain(text, limit)}`"
