"""A long document is the same as a short one, and takes little more memory than its text."""

from __future__ import annotations

import tracemalloc

from lmwire.licensefile import parse_license
from lmwire.report.json import document, long_document
from lmwire.report.licensejson import LicenseJson, review_json
from lmwire.workflows.documents import LicenseReview

_FEATURES = 3000


def _file() -> bytes:
    lines = (f'INCREMENT feat{n} ibmratl 1.0 31-dec-2027 {n + 1} SIGN="00A1"\n' for n in range(_FEATURES))
    return "".join(["SERVER licsrv 001122334455 27000\nVENDOR ibmratl\n", *lines]).encode()


def test_it_is_the_same_document() -> None:
    value = LicenseJson("lmwire.license/1", "ä\x1b", (), False, (), (), 0, 0, "license")
    assert long_document(value) == document(value)


def test_a_license_as_json_takes_little_more_memory_than_its_text() -> None:
    review = LicenseReview(document=parse_license(_file()), problems=(), everything=False)
    tracemalloc.start()
    try:
        text = review_json(review)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert text.count('"name": "feat') == _FEATURES
    assert peak < 7 * len(text)
