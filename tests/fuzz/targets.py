"""What is fuzzed: from bytes to whatever lmwire makes of them. Errors of lmwire's own are what it may answer."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from lmwire.addresses import is_address
from lmwire.capture.privacy.anonymize import anonymize
from lmwire.diagnosis import diagnose
from lmwire.errors import LmwireError
from lmwire.evidence import Asked, Evidence
from lmwire.explanations.lookup import explain
from lmwire.lab.board import collect
from lmwire.licensefile import lint_license, parse_license, pin_ports
from lmwire.licensepath import parse_path
from lmwire.report import Format, render
from lmwire.ruletest import PlanError, parse_plan
from lmwire.session import ClientSession, Ended, Identity, ServerSession
from lmwire.wire import FrameReader, Hello, NeedData, ProtocolError, Referral, encode
from lmwire.workflows import analyze_capture, read_log
from tests.capture.telling import good, lmgrd
from tests.capture.wire import hello_answer, pcap
from tests.evidence_maker import evidence, vendor, walk

__all__ = ["OWN_ERRORS", "TARGETS", "seeds_of"]

OWN_ERRORS: Final = (LmwireError, ProtocolError, PlanError, msgspec.DecodeError, UnicodeDecodeError)
"""What the code under test may raise; the last two where the fuzzer itself decodes."""

_CORPUS: Final = Path(__file__).parent / "corpus"
_TESTS: Final = Path(__file__).parent.parent
_TODAY: Final = dt.date(2026, 11, 1)
_EVENTS: Final = 10_000
_LAST: Final = (NeedData, Ended)
_FORMS: Final = (Format.TEXT, Format.JSON, Format.MARKDOWN)


def _reader(data: bytes, _folder: Path) -> None:
    reader = FrameReader()
    cut = data[0] if data else 0
    for piece in (data[:cut], data[cut:]):
        reader.receive_data(piece)
        while hasattr(frame := reader.next_frame(), "message"):
            frame.message()


def _talk(data: bytes, _folder: Path) -> None:
    client = ClientSession(Identity())
    client.say_hello("ibmratl")
    client.data_to_send()
    client.receive_data(data)
    for _ in range(_EVENTS):
        if isinstance(client.next_event(), _LAST):
            break
        client.data_to_send()
    server = ServerSession()
    server.receive_data(data)
    for _ in range(_EVENTS):
        if isinstance(server.next_event(), _LAST):
            break


def _capture(data: bytes, _folder: Path) -> None:
    result = analyze_capture(io.BytesIO(data))
    for form in _FORMS:
        render(result.report, form)


def _anonymize(data: bytes, folder: Path) -> None:
    source = folder / "in.pcapng"
    source.write_bytes(data)
    anonymize(source, folder / "out.pcapng")


def _license(data: bytes, _folder: Path) -> None:
    document = parse_license(data)
    lint_license(document, today=_TODAY)
    pin_ports(document, {"ibmratl": 27001})


def _log(data: bytes, _folder: Path) -> None:
    summary = read_log(io.BytesIO(data))
    for form in _FORMS:
        render(summary, form)


def _plan(data: bytes, _folder: Path) -> None:
    parse_plan(data.decode("utf-8", "replace"))


def _explain(data: bytes, _folder: Path) -> None:
    explained = explain(data.decode("utf-8", "replace"))
    for form in (Format.TEXT, Format.JSON):
        render(explained, form)


def _path(data: bytes, _folder: Path) -> None:
    parse_path(data.decode("utf-8", "surrogateescape"))


def _evidence(data: bytes, _folder: Path) -> None:
    """The judgement and the client's walk, of evidence that no probe would make."""
    try:
        seen = msgspec.json.decode(data, type=Evidence)
    except RecursionError:  # msgspec's, of what is nested deeper than anything of ours
        return
    if all(map(is_address, _addresses(seen))):
        msgspec.json.encode(diagnose(seen))


def _addresses(seen: Evidence) -> Iterator[str]:
    """Yield what is an address in all evidence, because sockets and packets give nothing else."""
    for leg in seen.legs:
        yield leg.address
        yield from (one for one in (leg.local, leg.icmp.sender if leg.icmp else "") if one)
    for look in seen.resolutions:
        yield from look.addresses
    if seen.referral is not None:
        yield seen.referral.lmgrd_address


def _board(data: bytes, folder: Path) -> None:
    (folder / "achieved.json").write_bytes(data)
    (folder / "check.json").write_bytes(data)
    collect(folder)


TARGETS: Final[dict[str, Callable[[bytes, Path], None]]] = {
    "reader": _reader,
    "talk": _talk,
    "capture": _capture,
    "anonymize": _anonymize,
    "license": _license,
    "log": _log,
    "plan": _plan,
    "explain": _explain,
    "path": _path,
    "evidence": _evidence,
    "board": _board,
}

_FOLDERS: Final = {
    "capture": ("../captures",),
    "anonymize": ("../captures",),
    "license": ("outputs/inputs/licenses", "licensefile/corpus", "licensefile/made_up"),
    "log": ("outputs/inputs/logs", "serverlog/made_up"),
    "plan": ("outputs/inputs/plans",),
    "explain": ("outputs/inputs/dialogs", "outputs/inputs/logs"),
}


def seeds_of(name: str) -> list[bytes]:
    """Return the inputs that are changed: files of the tests, made-up ones, and what fuzzing found before."""
    places = [*(_TESTS / folder for folder in _FOLDERS.get(name, ())), _CORPUS / name]
    files = sorted(file for place in places for file in place.rglob("*") if file.is_file())
    return [*(file.read_bytes() for file in files), *_made(name)]


def _made(name: str) -> Sequence[bytes]:
    frames = [encode(Hello(vendor="ibmratl")), encode(Referral(host="licsrv", port=27001)), hello_answer()]
    talks = {
        "reader": [*frames, b"".join(frames)],
        "talk": [*frames, b"".join(frames)],
        "capture": [pcap(sorted(lmgrd() + good()))],
        "anonymize": [pcap(sorted(lmgrd() + good()))],
        "path": [b"27000@licsrv", b"27000@a,27000@b,27000@c:@d;C:\\x.lic", b"27000@[2001:db8::1]:/opt/l.lic", b"[::1"],
        "board": [b'{"vpn": {"points": 100, "hints": 1, "seconds": 3.5, "exam": false, "seal": "x"}}', b"{}"],
        "explain": [b"-15,570", b"License server error (-96,491). System Error: 10061", b"ibmratl", b"lmgrd-refused"],
        "evidence": [
            msgspec.json.encode(one)
            for how in ("filtered", "refused", "silent", "hello", "rejected")
            for one in (walk(vendor(how)), evidence(), walk(vendor(how, address="2001:db8::1", asked=Asked.HELLO)))
        ],
    }
    return talks.get(name, [])
