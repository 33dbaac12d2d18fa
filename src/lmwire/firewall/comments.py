r"""What rules say about themselves, in characters that mean nothing in any of the languages.

Names come from license files, logs and servers, and some end in a script that root runs. Hence two gates: `plain`
leaves letters, digits, blanks and `. _ : @ / , ( ) + -`, which no shell, command interpreter, template or parser of
a firewall takes for anything else inside its quotes; then `lmwire.firewall.quoting` quotes for the language.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final

from lmwire.firewall.model import LMGRD, Pin, Rule

__all__ = ["about", "heading", "plain", "replies"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 ._:@/,()+-]+", re.ASCII)
_LIMITS: Final = (60, 40, 30, 20, 12)
"""How long a name may be at most, tried in this order until the sentence fits."""

_PINS: Final = {
    Pin.FIXED: "",
    Pin.MOVES: " (not pinned, will move at the next restart)",
    Pin.UNKNOWN: " (moves at a restart unless pinned)",
}
_REPLIES: Final = "replies, "
_WIDTH: Final = 100


def plain(text: str, limit: int) -> str:
    """Return `text` with everything replaced that could mean something to a program; never empty, one line.

    It begins with a letter, a digit or `_`, so that it is never taken for an option.
    """
    reduced = " ".join(_UNSAFE.sub("_", text[: 4 * limit]).split())
    if reduced and not reduced[0].isalnum() and reduced[0] != "_":
        reduced = f"_{reduced[1:]}"
    return reduced[:limit].strip() or "unnamed"


def about(rule: Rule, limit: int) -> str:
    """Return what a rule is for, in at most `limit` characters of `plain`; names are shortened before the rest is."""
    texts = [_about(rule, each) for each in _LIMITS]
    return next((text for text in texts if len(text) <= limit), texts[-1][:limit].strip())


def replies(rule: Rule, limit: int) -> str:
    """Return what the rule for the way back is for, as `about` does."""
    return f"{_REPLIES}{about(rule, limit - len(_REPLIES))}"


def _about(rule: Rule, limit: int) -> str:
    server = plain(rule.server, limit)
    if rule.daemon == LMGRD:
        return f"lmgrd of {server}{_PINS[rule.pin]}"
    who = f"vendor daemon {plain(rule.daemon, limit)}" if rule.daemon else "vendor daemon"
    return f"{who} of {server}{_PINS[rule.pin]}"


def heading(*sentences: str) -> list[str]:
    """Return lines for the top of a file, without a comment sign: what this is, then `sentences`."""
    all_of_them = ("License traffic (FlexNet), by lmwire firewall rules.", *sentences)
    return [line for sentence in all_of_them for line in textwrap.wrap(sentence, _WIDTH, break_on_hyphens=False)]
