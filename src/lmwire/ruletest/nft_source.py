"""Find the lines of nftables rules in the user's files: which rule of a chain stands where. Pure.

The kernel's list has the rules of a chain in the order of the file. So the n-th rule of a chain in the kernel is the
n-th in the files, if both have the same number. This holds for dumps with counters, for sets over several lines and for
variables, where the texts differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lmwire.ruletest.nft_files import NftFile

__all__ = ["NftSource", "SourceRule", "parse_nft", "same_text"]

_TOKEN: Final = re.compile(r"""#[^\n]*|\\\n|"[^"\n]*"|'[^'\n]*'|[{};,\n]|[^\s{};,"'#\\]+|\\""")
_FAMILIES: Final = frozenset({"ip", "ip6", "inet", "arp", "bridge", "netdev"})
_ENDS: Final = frozenset({";", "\n"})
_SETTINGS: Final = frozenset({"type", "policy", "flags", "device", "devices"})
_COUNTS: Final = re.compile(r"\bcounter packets [0-9]+ bytes [0-9]+")
_MARKS: Final = re.compile(r"[{}\"',;]")
_PLACES: Final = frozenset({"position", "handle", "index"})


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class SourceRule:
    """A rule in a file. `children` are the rules of its anonymous chain: `jump { … }`."""

    file: str
    line: int
    text: str
    children: tuple[SourceRule, ...] = ()

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class _Chain:
    """`settings` has the lines of `type`, `policy` and of the chain itself."""

    rules: list[SourceRule] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)


class NftSource:
    """The chains of a machine's files."""

    def __init__(self, chains: dict[tuple[str, str], _Chain]) -> None:
        self._chains = chains

    def rule(self, table: str, chain: str, index: int, count: int, text: str) -> SourceRule | None:
        """Return the rule that is number `index` of `count` in the kernel, else the only one with the same text."""
        rules = self._chains[table, chain].rules if (table, chain) in self._chains else []
        if len(rules) == count and 0 <= index < count:
            return rules[index]
        same = [rule for rule in rules if text and same_text(rule.text, text)]
        return same[0] if len(same) == 1 else None

    def policy(self, table: str, chain: str) -> str:
        """Return file and line of a base chain's policy: where it is written, else the chain's hook; empty without."""
        settings = self._chains[table, chain].settings if (table, chain) in self._chains else {}
        return settings.get("policy") or settings.get("type") or ""


def same_text(one: str, other: str) -> bool:
    """Whether two rules are the same but for counts, quotes and braces."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> list[str]:
    return _MARKS.sub(" ", _COUNTS.sub("counter", text)).split()


def parse_nft(files: Sequence[NftFile]) -> NftSource:
    """Return the chains of files that are loaded one after the other. Nothing in them is an error."""
    parser = _Parser([token for file in files for token in (*_tokens(file), _Token("\n", file.name, 0))])
    parser.run()
    return NftSource(parser.chains)


def _tokens(file: NftFile) -> Iterator[_Token]:
    line, at = 1, 0
    included = sorted(file.included)
    for found in _TOKEN.finditer(file.text):
        while included and included[0] <= found.start():
            for each in file.included[included.pop(0)]:
                yield from _tokens(each)
                yield _Token("\n", each.name, 0)
        line += file.text.count("\n", at, found.start())
        at = found.start()
        if not found[0].startswith(("#", "\\")):
            yield _Token(found[0], file.name, line)
    for offset in included:
        for each in file.included[offset]:
            yield from _tokens(each)


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.chains: dict[tuple[str, str], _Chain] = {}

    def run(self) -> None:
        while self._at < len(self._tokens):
            if self._skips(_ENDS | {"}"}):
                continue
            words = self._head()
            if words:
                self._command(words)
            else:  # a brace where no statement begins
                self._at += 1

    def _skips(self, texts: frozenset[str]) -> bool:
        if self._tokens[self._at].text in texts:
            self._at += 1
            return True
        return False

    def _head(self) -> list[_Token]:
        """Return the words before a block or the end of a statement, without moving past a rule's own parts."""
        words = []
        for token in self._tokens[self._at :]:
            if token.text in _ENDS or token.text in "{}":
                break
            words.append(token)
        return words

    def _command(self, words: list[_Token]) -> None:
        texts = [token.text for token in words]
        verb = texts[0] if texts[0] in {"add", "create", "insert", "flush", "delete", "destroy", "replace"} else ""
        kind = texts[1 if verb else 0] if len(texts) > bool(verb) else ""
        rest = words[2 if verb else 1 :]
        if kind == "rule" or (verb in {"add", "insert"} and kind in _FAMILIES):
            self._rule_command(verb, len(words) - len(rest) if kind == "rule" else 1)
        elif verb in {"flush", "delete", "destroy"}:
            self._forget(kind, [token.text for token in rest])
            self._rest()
        elif kind == "table" and self._opens(words):
            self._table(" ".join(_named([token.text for token in rest])[0]))
        elif kind == "chain":
            (family, table), others = _named([token.text for token in rest])
            key = (f"{family} {table}", others[0].strip("\"'") if others else "")
            self._chain(key, words[0]) if self._opens(words) else self._rest()
        else:
            self._rest()

    def _opens(self, words: list[_Token]) -> bool:
        """Move past the words and the brace behind them; False without a brace."""
        end = self._at + len(words)
        if end < len(self._tokens) and self._tokens[end].text == "{":
            self._at = end + 1
            return True
        return False

    def _rest(self) -> None:
        """Move to the end of the statement, past all that its braces hold."""
        self._statement()

    def _forget(self, kind: str, names: list[str]) -> None:
        if kind == "ruleset":
            self.chains.clear()
            return
        (family, table), others = _named(names)
        for key in list(self.chains):
            if key[0] == f"{family} {table}" and (kind == "table" or (kind == "chain" and others[:1] == [key[1]])):
                if kind == "chain":
                    self.chains[key].rules.clear()
                else:
                    del self.chains[key]

    def _rule_command(self, verb: str, skipped: int) -> None:
        first = self._tokens[self._at]
        self._at += skipped
        tokens, children = self._statement()
        (family, table), others = _named([token.text for token in tokens])
        if not others:
            return
        chain, *body = others
        if body[:1] and body[0] in _PLACES:
            body = body[2:]
        rules = self.chains.setdefault((f"{family} {table}", chain.strip("\"'")), _Chain()).rules
        rule = SourceRule(first.file, first.line, " ".join(body), children)
        rules.insert(0 if verb == "insert" else len(rules), rule)

    def _table(self, name: str) -> None:
        while self._at < len(self._tokens):
            if self._skips(_ENDS):
                continue
            if self._skips(frozenset("}")):
                return
            words = self._head()
            if words and words[0].text == "chain" and len(words) > 1 and self._opens(words):
                self._chain((name, words[1].text.strip("\"'")), words[0])
            else:
                self._rest()

    def _chain(self, key: tuple[str, str], head: _Token) -> None:
        chain = self.chains.setdefault(key, _Chain())
        chain.settings.setdefault("chain", f"{head.file}:{head.line}")
        for first, tokens, children in self._statements():
            word = tokens[0].text if tokens else ""
            if word in _SETTINGS or (word == "comment" and len(tokens) == 2):  # noqa: PLR2004 - the word and its text
                chain.settings[word] = f"{first.file}:{first.line}"
            else:
                text = _joined(tokens)
                chain.rules.append(SourceRule(first.file, first.line, text, children))

    def _statements(self) -> Iterator[tuple[_Token, list[_Token], tuple[SourceRule, ...]]]:
        """Yield the statements of a block, and move past its closing brace."""
        while self._at < len(self._tokens):
            if self._skips(_ENDS):
                continue
            if self._skips(frozenset("}")):
                return
            first = self._tokens[self._at]
            yield first, *self._statement()

    def _statement(self) -> tuple[list[_Token], tuple[SourceRule, ...]]:
        """Return the tokens up to the end of a statement, and the rules of an anonymous chain in it."""
        tokens: list[_Token] = []
        children: tuple[SourceRule, ...] = ()
        depth = 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if depth == 0 and (token.text in _ENDS or token.text == "}"):
                break
            self._at += 1
            if token.text == "{" and tokens and tokens[-1].text in {"jump", "goto"}:
                children = tuple(
                    SourceRule(first.file, first.line, _joined(body), below)
                    for first, body, below in self._statements()
                )
                continue
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if token.text != "\n":
                tokens.append(token)
        return tokens, children


def _joined(tokens: Sequence[_Token]) -> str:
    return " ".join(token.text for token in tokens).replace(" ,", ",")


def _named(words: list[str]) -> tuple[tuple[str, str], list[str]]:
    """Return family and table, and the words behind them."""
    if words and words[0] in _FAMILIES:
        return (words[0], words[1].strip("\"'") if len(words) > 1 else ""), words[2:]
    return ("ip", words[0].strip("\"'") if words else ""), words[1:]
