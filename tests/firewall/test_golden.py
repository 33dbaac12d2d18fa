from __future__ import annotations

import pytest

from lmwire.firewall import Language
from lmwire.firewall.writers import WRITERS
from tests.firewall.golden import CASES, FOLDER, made
from tests.firewall.samples import PLACES


@pytest.mark.parametrize("name", CASES)
def test_each_language_is_written_as_reviewed(name: str) -> None:
    assert made(name) == (FOLDER / name).read_text(encoding="utf-8")


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(CASES)


def test_every_language_is_tried_at_each_of_its_places() -> None:
    assert set(WRITERS) == set(Language)
    tried = {language: {place for each, place in PLACES if each is language} for language in Language}
    names = {language for language, writer in WRITERS.items() if writer.names}
    assert {language: places for language, places in tried.items() if language not in names} == {
        language: set(writer.places) for language, writer in WRITERS.items() if language not in names
    }
