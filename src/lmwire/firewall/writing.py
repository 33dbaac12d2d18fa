"""From rules to text: which writer, at which place, into what."""

from __future__ import annotations

from lmwire.firewall.errors import FirewallError
from lmwire.firewall.flows import flows_of
from lmwire.firewall.model import RuleSet
from lmwire.firewall.names import Language, Place
from lmwire.firewall.writers import WRITERS, Order, Writer

__all__ = ["written"]


def written(rules: RuleSet, language: Language, at: Place | None, into: str | None) -> str:
    """Return the rules in that language; see `lmwire.firewall.write`."""
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
