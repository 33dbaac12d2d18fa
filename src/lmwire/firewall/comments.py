r"""The comments in rules, in characters without a special meaning in any language.

Names come from license files, logs and servers, and some go into a script that root runs. So there are two steps.
`plain` keeps letters, digits, blanks and `. _ : @ / , ( ) + -`, which are literal inside the quotes of every shell,
command interpreter, template and firewall parser. Then `lmwire.firewall.quoting` quotes for the language.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final

from lmwire.firewall.model import LMGRD, Pin, Rule

__all__ = ["about", "heading", "plain", "replies"]

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 ._:@/,()+-]+", re.ASCII)
_LIMITS: Final = (60, 40, 30, 20, 12)
"""Maximum lengths of a name, tried in this order until the sentence fits."""

_PINS: Final = {
    Pin.FIXED: "",
    Pin.MOVES: " (not pinned, will move at the next restart)",
    Pin.UNKNOWN: " (moves at a restart unless pinned)",
}
_REPLIES: Final = "replies, "
_WIDTH: Final = 100


def plain(text: str, limit: int) -> str:
    """Return `text` with every special character replaced; one line, never empty.

    It starts with a letter, a digit or `_`, so that no program reads it as an option.
    """
    reduced = " ".join(_UNSAFE.sub("_", text[: 4 * limit]).split())
    if reduced and not reduced[0].isalnum() and reduced[0] != "_":
        reduced = f"_{reduced[1:]}"
    return reduced[:limit].strip() or "unnamed"


def about(rule: Rule, limit: int) -> str:
    """Return the purpose of a rule in at most `limit` characters of `plain`. Names are shortened first."""
    texts = [_about(rule, each) for each in _LIMITS]
    return next((text for text in texts if len(text) <= limit), texts[-1][:limit].strip())


def replies(rule: Rule, limit: int) -> str:
    """Return the purpose of the rule for replies, like `about`."""
    return f"{_REPLIES}{about(rule, limit - len(_REPLIES))}"


def _about(rule: Rule, limit: int) -> str:
    server = plain(rule.server, limit)
    if rule.daemon == LMGRD:
        return f"lmgrd of {server}{_PINS[rule.pin]}"
    who = f"vendor daemon {plain(rule.daemon, limit)}" if rule.daemon else "vendor daemon"
    return f"{who} of {server}{_PINS[rule.pin]}"


def heading(*sentences: str) -> list[str]:
    """Return the lines at the top of a file, without a comment sign: the title, then `sentences`."""
    all_of_them = ("License traffic (FlexNet), by lmwire firewall rules.", *sentences)
    return [line for sentence in all_of_them for line in textwrap.wrap(sentence, _WIDTH, break_on_hyphens=False)]
