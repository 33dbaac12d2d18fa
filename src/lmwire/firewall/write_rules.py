"""Choose the writer, the place and the target of the rules, and write them."""

from __future__ import annotations

from lmwire.errors import argument
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.flows import flows_of
from lmwire.firewall.languages import FirewallPlace, Language
from lmwire.firewall.model import RuleSet
from lmwire.firewall.names import checked_name, set_name
from lmwire.firewall.writers import WRITERS, RuleWriter, WriterInput

__all__ = ["rules_text"]


def rules_text(
    rules: RuleSet, language: Language, *, at: FirewallPlace | None, into: str | None, name: str | None
) -> str:
    """Return the rules in that language; see `lmwire.firewall.write`."""
    writer = WRITERS[language]
    place = _place(writer, language, at)
    given_name = None if name is None else checked_name(name)
    flows = () if writer.names else flows_of(rules, bound=place in writer.bound, name=given_name)
    given = WriterInput(
        rules=rules,
        flows=flows,
        place=place,
        into=_into(writer, language, into, place),
        name=given_name or set_name(rules.rules),
    )
    return "".join(f"{line}\n" for line in writer.write(given))


def _place(writer: RuleWriter, language: Language, at: FirewallPlace | None) -> FirewallPlace:
    if at is None:
        return writer.places[0]
    if at not in writer.places:
        raise FirewallError(
            f"{language} does not work at the {at}",
            f"leave out {argument('at')}, or write {argument('at', writer.places[0].value)}",
        )
    return at


def _into(writer: RuleWriter, language: Language, text: str | None, place: FirewallPlace) -> str:
    if writer.into is not None:
        return writer.into.read(text, place)
    if text is not None:
        raise FirewallError(f"{language} does not use {argument('into')}", "leave it out")
    return ""
