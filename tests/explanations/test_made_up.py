"""Every dialog is explained rightly: the code decides, and what is not FlexNet's is not explained."""

from __future__ import annotations

import pytest

from lmwire.explanations.lookup import explain
from lmwire.report.explanation import as_text
from lmwire.report.look import Look
from tests.explanations.made_up import DIALOGS


@pytest.mark.parametrize("name", DIALOGS)
def test_each_dialog_is_explained_rightly(name: str) -> None:
    dialog = DIALOGS[name]
    found = explain(dialog.text)
    text = " ".join(as_text(found, Look(width=10_000)).split())
    assert tuple(str(hit.code) for hit in found.hits if hit.code is not None) == dialog.codes, text
    assert found.network == dialog.network, text
    assert not dialog.first or found.hits[0].verdicts[0] == dialog.first, text
    assert [words for words in dialog.says if words not in text] == [], text
    assert [words for words in dialog.never if words in text] == [], text
