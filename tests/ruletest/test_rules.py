"""What is said where a tool refuses the rules of a plan."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from lmwire.ruletest import PlanError
from lmwire.ruletest.plan import Router
from lmwire.ruletest.rules import load_rules


class Refusing:
    """A machine whose tools refuse everything, with these words."""

    def __init__(self, words: str) -> None:
        self.words = words

    def run(self, command: Sequence[str], input: str | None = None) -> subprocess.CompletedProcess[str]:  # noqa: A002 # as there
        return subprocess.CompletedProcess([*command, input], 1, "", self.words)


def refusal(words: str) -> tuple[str, ...]:
    router = Router(name="fw", interfaces=(), ruleset="table inet f {}")
    with pytest.raises(PlanError) as error:
        load_rules("routers[0]", router, Refusing(words), Path())  # type: ignore[arg-type] # all that it asks of one
    assert error.value.file == "the plan"
    return error.value.problems


def test_the_tool_has_its_say_and_not_more_than_a_few_lines_of_it() -> None:
    first, *rest = refusal("".join(f"/dev/stdin:{number}: no\x1b[2J\n\n" for number in range(20)))
    assert first == "routers[0].ruleset: nft refuses these rules"
    assert rest == [rf"line:{number}: no\x1b[2J" for number in range(6)]


def test_a_set_of_ipset_needs_its_file() -> None:
    *_, last = refusal("iptables-nft-restore v1.8.9 (nf_tables): Set lic doesn't exist.\nError occurred at line: 3\n")
    assert last == 'name the file that `ipset save` writes: ipset = "sets.ipset"'


def test_an_interface_that_the_rules_name_is_wanted_in_the_plan() -> None:
    *_, last = refusal("/dev/stdin:2:51-56: Error: Interface does not exist\n")
    assert last == 'name the interface in the plan: interfaces = [{ name = "eth1" }], with a zone or without'
