"""Hypothesis strategies for every message class."""

from __future__ import annotations

from hypothesis import strategies as st

from lmwire.wire import (
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    MessageType,
    Referral,
    TextAnswer,
    TextRequest,
    Unknown,
    Version,
)

LATIN1 = st.characters(min_codepoint=1, max_codepoint=255)
names = st.text(LATIN1, max_size=40)
u8, u16, u32 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32))
flags = st.binary(min_size=8, max_size=8).map(lambda raw: raw[:5] + b"\0" + raw[6:])
tails = st.binary(max_size=12)
header = {"time": u32, "flags": flags}


def padded(size: int) -> st.SearchStrategy[str]:
    characters = st.characters(min_codepoint=0, max_codepoint=255)
    return st.text(characters, max_size=size).map(lambda text: text.rstrip("\0"))


def exactly(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


KNOWN = {MessageType.HELLO, MessageType.TEXT_REQUEST, MessageType.HELLO_ANSWER, MessageType.REFERRAL}
KNOWN |= {MessageType.TEXT_ANSWER, MessageType.VERSION}

hellos = st.builds(
    Hello,
    vendor=names,
    user=names,
    host=names,
    display=names,
    platform=names,
    pid=u32,
    version_major=u8,
    version_minor=u8,
    transport=u16,
    mark=u16,
    lead=exactly(2),
    tail=tails,
    **header,
)
text_requests = st.builds(
    TextRequest,
    command=names,
    user=names,
    host=names,
    vendor=names,
    display=names,
    lead=exactly(2),
    tail=tails,
    **header,
)
hello_answers = st.builds(
    HelloAnswer, vendor=names, host=names, version_major=u8, version_minor=u8, reserved=exactly(2), tail=tails, **header
)
referrals = st.builds(Referral, host=names, port=u32, tail=tails, **header)
text_answers = st.builds(
    TextAnswer,
    text=st.text(st.characters(max_codepoint=255), max_size=300),
    lead=exactly(2),
    tail=tails,
    **header,
)
versions = st.builds(Version, quad=exactly(4), tail=tails, **header)
unknowns = st.builds(
    Unknown, number=u16.filter(lambda number: number not in KNOWN), body=st.binary(max_size=200), **header
)
legacy_hellos = st.builds(
    LegacyHello,
    vendor=padded(11),
    user=padded(21),
    host=padded(33),
    display=padded(33),
    platform=padded(13),
    pid=padded(11),
    transport=padded(13),
    mark=padded(2),
    mark78=padded(3),
    mark14=padded(3),
    version_major=u8,
    version_minor=u8,
)
legacy_errors = st.builds(LegacyError, text=padded(145), letter=st.sampled_from("WH"))
legacy_texts = st.builds(LegacyText, remaining=padded(11), chunk=exactly(134))
legacy_others = st.builds(LegacyMessage, letter=st.sampled_from("lNaZ"), body=exactly(145))

messages = st.one_of(
    hellos,
    text_requests,
    hello_answers,
    referrals,
    text_answers,
    versions,
    unknowns,
    legacy_hellos,
    legacy_errors,
    legacy_texts,
    legacy_others,
)
