"""The fast header is read off construct's definition; here the two are held against each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmwire.wire import definitions


@given(st.binary(min_size=20, max_size=20))
def test_the_one_step_header_reads_what_construct_reads(raw: bytes) -> None:
    container = definitions.modern_header.parse(raw)
    names = [field.name for field in definitions.modern_header.subcons]
    assert definitions.modern_header_format.unpack(raw) == tuple(container[name] for name in names)


def test_sizes() -> None:
    assert definitions.modern_header.sizeof() == definitions.HEADER_SIZE == 20
    for layout in (
        definitions.legacy_hello,
        definitions.legacy_error,
        definitions.legacy_text,
        definitions.legacy_opaque,
    ):
        assert layout.sizeof() == definitions.LEGACY_SIZE - 2
