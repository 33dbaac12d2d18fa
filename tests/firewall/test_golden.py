from __future__ import annotations

import pytest

from lmwire.firewall import Language
from lmwire.firewall.writers import WRITERS
from tests.firewall.golden import CASES, FOLDER, made
from tests.firewall.samples import PLACES
from tests.outputs.firewalls import LANGUAGES


@pytest.mark.parametrize("name", CASES)
def test_each_language_is_written_as_reviewed(name: str) -> None:
    assert made(name) == (FOLDER / name).read_text(encoding="utf-8")


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(CASES)


def test_every_language_is_tried_at_each_of_its_places() -> None:
    missing = set(Language) - set(WRITERS)
    assert not missing, f"WRITERS in lmwire/firewall/writers/__init__.py lacks {', '.join(missing)}"
    tried = {language: {place for each, place in PLACES if each is language} for language in Language}
    names = {language for language, writer in WRITERS.items() if writer.names}
    for language, writer in WRITERS.items():
        if language not in names:
            assert tried[language] == set(writer.places), f"PLACES in tests/firewall/samples.py: {language}"


def test_the_outputs_of_every_language_are_compared() -> None:
    missing = set(Language).symmetric_difference(LANGUAGES)
    assert not missing, f"LANGUAGES in tests/outputs/firewalls.py: {', '.join(missing)}"
