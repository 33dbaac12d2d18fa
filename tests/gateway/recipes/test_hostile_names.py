"""Names of license files and referrals are any text: none may become a directive, a command or a line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lmwire.gateway.recipes.facts import VendorPort, host_or_nothing
from lmwire.gateway.recipes.model import Kind, Recipe
from lmwire.report import Format, render
from tests.gateway.recipes.facts_maker import recipe, server

HOSTILE = [
    "x\nserver evil 192.0.2.66:1",
    "x; } stream { server { listen 1; } }",
    "x\r\nExecStart=/bin/sh",
    '" & calc & rem "',
    "%n%%h ${HOME} $(reboot) `reboot`",
    "*/ --> ]]> ' \\",
    "x\u2028y\x1b[31m",
    "- a: b\n- c",
]
COMMENTS = ("#", "rem ", "Description=")
names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80))


def directives(made: Recipe) -> Iterator[object]:
    """Yield what a program reads of the recipe; a YAML file as its value."""
    for file in made.files:
        if file.name.endswith(".yaml"):
            yield list(yaml.safe_load_all(file.text))
        else:
            lines = file.text.split("\n")
            yield [line for line in lines if not line.strip().startswith(COMMENTS)]
            yield len(lines)
            assert file.text.isascii()
            assert file.text.replace("\n", "").isprintable()
    yield made.commands


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
@settings(max_examples=20)
@given(vendor=names, called=names)
@example(vendor=HOSTILE[0], called=HOSTILE[1])
@example(vendor=HOSTILE[2], called=HOSTILE[3])
def test_no_name_becomes_a_directive(kind: Kind, vendor: str, called: str) -> None:
    plain = recipe(kind, server(vendors=(VendorPort(name="ibmratl", port=27001),)))
    made = recipe(kind, server(vendors=(VendorPort(name=vendor, port=27001),), called=called))
    assert list(directives(made)) == list(directives(plain))


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
@settings(max_examples=20)
@given(name=names)
@example(name=HOSTILE[0])
@example(name="licsrv\n")
@example(name="evil #")
@example(name="\xdf")  # becomes "ss" in lower case without regard to letters
def test_no_referral_becomes_more_than_one_name(kind: Kind, name: str) -> None:
    made = recipe(kind, server(names=(name,)))
    for entry in made.hosts:
        assert host_or_nothing(entry.name) == entry.name
    plain = list(directives(recipe(kind, server(names=()))))
    if not host_or_nothing(name):
        assert list(directives(made)) == plain
    for text in (*made.notes, *made.hosts_why, made.license_path):
        assert text.isprintable()


@given(name=names)
def test_nothing_hostile_reaches_a_terminal(name: str) -> None:
    made = recipe(Kind.COMPOSE, server(names=(name,), called=name, vendors=(VendorPort(name=name, port=27001),)))
    assert render(made, Format.TEXT).replace("\n", "").isprintable()
