"""Rules in the language of the firewall at hand."""

from __future__ import annotations

from lmwire.firewall.errors import FirewallError
from lmwire.firewall.flows import flows_of
from lmwire.firewall.model import Place, RuleSet
from lmwire.firewall.writers import WRITERS, Language, Order, Writer

__all__ = ["write"]


def write(rules: RuleSet, language: Language, *, at: Place | None = None, into: str | None = None) -> str:
    """Return the rules as a file or a script, to be read before it is used. Changes nothing on any firewall.

    Args:
        rules: who may open what; see `RuleSet`.
        language: of which firewall.
        at: where that firewall stands; None for the place that is usual for it.
        into: what of the user's own firewall the rules go into, such as a chain or a security group; None for what
            is usual there.

    Raises:
        FirewallError: that firewall does not stand `at` that place; `into` is missing or can't be; an address is
            wanted and only a name is known; sources and servers have no IP version in common.
    """
    writer = WRITERS[language]
    place = _place(writer, language, at)
    flows = () if writer.names else flows_of(rules, bound=place in writer.bound)
    order = Order(rules=rules, flows=flows, place=place, into=_into(writer, language, into, place))
    return "".join(f"{line}\n" for line in writer.write(order))


def _place(writer: Writer, language: Language, at: Place | None) -> Place:
    if at is None:
        return writer.places[0]
    if at not in writer.places:
        raise FirewallError(f"{language} is no firewall at the {at}", f"leave out --at, or say --at {writer.places[0]}")
    return at


def _into(writer: Writer, language: Language, text: str | None, place: Place) -> str:
    if writer.into is not None:
        return writer.into.read(text, place)
    if text is not None:
        raise FirewallError(f"{language} has nothing that --into could name", "leave it out")
    return ""
