"""Anonymous copies: the same story, told of nobody, with every checksum right that was right."""

from __future__ import annotations

import ipaddress
import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmwire.capture import CaptureError, analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.files.records import RawPacket
from lmwire.capture.privacy.anonymize import Anonymized, anonymize
from lmwire.capture.privacy.anonymous_writer import AnonymousWriter
from lmwire.capture.privacy.mask_messages import _MASKS
from lmwire.diagnosis import diagnose
from lmwire.wire import Hello, Referral, encode
from tests.capture.telling import LATER, good, lmgrd, name, vendor
from tests.capture.test_command import run
from tests.capture.wire import ACK, PSH, SERVER, Packet, Talk, hello_answer, lookup, pcap, referral

pytestmark = pytest.mark.slow

CAPTURES = Path(__file__).resolve().parents[3] / "captures"
FILES = sorted([*CAPTURES.glob("real-client/*.pcap"), *CAPTURES.glob("*.pcapng")])
ALONE = {"lmgrd-denied-by-policy.pcapng"}
"""Captures in which nothing license-like ever came to the wire."""


def copied(data: bytes, folder: Path, seed: int = 1) -> tuple[Path, Anonymized]:
    """Return the copy of a capture, and what was said of it."""
    source, target = folder / "original.pcap", folder / "copy.pcapng"
    source.write_bytes(data)
    return target, anonymize(source, target, chance=random.Random(seed))  # noqa: S311 # tests want the same each time


def story(path: Path) -> Counter[tuple[object, ...]]:
    """Return what matters of each diagnosis, names aside."""
    found = []
    for case in analyze(path).cases:
        one = diagnose(case.evidence)
        shown = tuple((each.flexnet, each.code, each.after_seconds) for each in one.application_shows)
        findings = tuple((each.id, each.severity) for each in one.findings)
        found.append((one.verdict.id, one.verdict.severity, findings, shown, case.attempts, one.vendor))
    return Counter(found)


def packets(path: Path) -> list[RawPacket]:
    with CaptureFile(path, exact=True) as file:
        return list(file)


def named(path: Path) -> tuple[set[str], set[str]]:
    """Return names and addresses of a capture, as tshark and an analysis see them: not as the code under test does."""
    fields = "dns.qry.name", "ip.addr", "ipv6.addr", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "dns.a", "dns.aaaa"
    options = [option for field in fields for option in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "aggregator=,", *options]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603
    rows = [line.split("\t") for line in shown.splitlines()]
    names = {one for row in rows for one in row[0].split(",")}
    return names, {address for row in rows for field in row[1:] for address in field.split(",")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_copy_tells_the_same_story(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.pcapng"
    if path.name in ALONE:
        with pytest.raises(CaptureError, match="no license traffic"):
            anonymize(path, target)
        return
    said = anonymize(path, target)
    assert said.same
    assert story(target) == story(path)
    whole, rest = packets(path), packets(target)
    assert len(whole) == said.packets + said.others + said.unreadable
    assert len(rest) - said.packets in (0, 1)  # an empty one, where the capture goes on after the story
    sizes = Counter((when, link, len(data), wire) for when, link, data, wire in whole)
    assert not Counter((when, link, len(data), wire) for when, link, data, wire in rest[: said.packets]) - sizes
    assert said.unreadable == 0


def test_nothing_of_the_originals_is_in_any_copy(tmp_path: Path) -> None:
    whole = tmp_path / "all.pcapng"
    with whole.open("wb") as file:
        writer = AnonymousWriter(file)
        for path in FILES:
            for when, link, data, wire in packets(path):
                writer.packet(Fraction(when), link, data, wire)
    anonymize(whole, tmp_path / "copy.pcapng")
    copies = (tmp_path / "copy.pcapng").read_bytes()
    names, addresses = named(whole)
    users = ("root", "licsrv", "learner", "workstation")
    for text in {piece for one in names for piece in one.split(".") if len(piece) >= 5} | set(users):
        for form in (text, text.upper(), text.capitalize()):
            assert form.encode() not in copies
            assert form.encode("utf-16-le") not in copies
    kept = [one for one in addresses if one and not special(one)]
    assert len(kept) > 5
    for one in kept:
        assert one.encode() not in copies
        assert ipaddress.ip_address(one).packed not in copies
    links = {data[at : at + 6] for _, link, data, _ in packets(whole) if link == 1 for at in (0, 6)}
    for address in (one for one in links if any(one) and not one[0] & 1):
        assert address not in copies


def special(text: str) -> bool:
    one = ipaddress.ip_address(text)
    return one.is_loopback or one.is_multicast or one.is_unspecified or str(one) == "255.255.255.255"


def test_checksums_are_right_as_tshark_sees_it(tmp_path: Path) -> None:
    bad = {}
    for kind in ("original", "copy"):
        path = tmp_path / f"{kind}.pcapng"
        with path.open("wb") as file:
            writer = AnonymousWriter(file)
            for number, source in enumerate(one for one in FILES if one.name not in ALONE):
                target = tmp_path / "one.pcapng"
                if kind == "copy":
                    anonymize(source, target)
                for when, link, data, wire in packets(target if kind == "copy" else source):
                    writer.packet(Fraction(when) + 1000 * number, link, data, wire)
        bad[kind] = checksums(path)
    assert bad["copy"] == {"ip": 0, "tcp": 0, "udp": 0, "icmp": 0, "flexlm": bad["original"]["flexlm"]}
    assert bad["copy"]["flexlm"] > 0  # of the scenarios in which a server's are wrong


def checksums(path: Path) -> dict[str, int]:
    """Return how many checksums of each protocol are wrong."""
    script = f"lua_script:{CAPTURES / 'flexlm.lua'}"
    check = [option for each in ("ip", "tcp", "udp") for option in ("-o", f"{each}.check_checksum:TRUE")]
    fields = ("ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status")
    options = [option for field in (*fields, "flexlm.checksum.status") for option in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-X", script, *check, "-T", "fields", "-E", "occurrence=a", *options]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout  # noqa: S603
    rows = [line.split("\t") for line in shown.splitlines()]
    columns = zip(*rows, strict=True)
    names = ("ip", "tcp", "udp", "icmp", "flexlm")
    return {each: sum(cell.split(",").count("0") for cell in cells) for each, cells in zip(names, columns, strict=True)}


def parts(*parts: Sequence[Packet]) -> bytes:
    return pcap(sorted((packet for part in parts for packet in part), key=lambda packet: packet[0]))


def texts(path: Path) -> bytes:
    return b"".join(data for _, _, data, _ in packets(path))


def test_a_stream_may_be_cut_at_every_byte(tmp_path: Path) -> None:
    question = encode(Hello(vendor="ibmratl", user="carolina", host="workstation7", display="workstation7:0"))
    answer = referral("licsrv.corp.example")
    talks: list[Packet] = list(name())
    for cut in range(1, max(len(question), len(answer))):
        talk = Talk(client=f"192.0.2.{30 + cut}", client_port=40000 + cut, when=1000.0 + cut).connect()
        for side, text in ((0, question), (1, answer)):
            for piece in filter(None, (text[:cut], text[cut:])):
                talk.put(side, PSH | ACK, piece)
            talk.put(side, PSH | ACK, text[cut // 2 :], at=1 + cut // 2)  # and a part of it again
        talks += talk.close().packets
    target, said = copied(parts(talks), tmp_path)
    assert said.unreadable == 0
    assert story(target) == story(tmp_path / "original.pcap")
    hosts = {case.evidence.referral.host for case in analyze(target).cases if case.evidence.referral is not None}
    assert len(hosts) == 1
    assert not any(secret in texts(target) for secret in (b"carolina", b"workstation7", b"licsrv", b"corp"))
    # Cut anywhere, no three letters of a name are left in one segment.
    assert not any(b"workstation"[at : at + 4] in texts(target) for at in range(8))


NAMES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=12)


@given(NAMES, NAMES, st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,12}(\.[a-z]{1,8}){0,2}", fullmatch=True))
def test_any_names_are_replaced_and_stay_as_they_were_related(
    tmp_path_factory: pytest.TempPathFactory, user: str, host: str, server: str
) -> None:
    question = encode(Hello(vendor="ibmratl", user=user, host=host))
    talk = Talk().connect().ask(question).answer(referral(server)).close()
    other = vendor().connect().ask(question).answer(hello_answer()).close()
    look = lookup(999.0, server, SERVER)
    folder = tmp_path_factory.mktemp("any")
    target, _ = copied(parts(look, talk.packets, other.packets), folder, seed=len(user))
    assert story(target) == story(folder / "original.pcap")
    (case,) = analyze(target).cases
    evidence = case.evidence
    assert evidence.referral is not None
    assert evidence.host.lower() == evidence.referral.host.lower()
    assert len(evidence.host) == len(server)
    assert [part.isdigit() for part in evidence.host.split(".")] == [part.isdigit() for part in server.split(".")]
    for piece in server.split("."):
        if len(piece) >= 3:
            assert piece.lower() not in evidence.host.lower()


def test_when_the_capture_ended_is_part_of_the_story(tmp_path: Path) -> None:
    data = parts(name(), lmgrd(), vendor().connect().ask().packets, [LATER])
    target, said = copied(data, tmp_path)
    assert (said.others, len(packets(target))) == (1, said.packets + 1)
    assert story(target) == story(tmp_path / "original.pcap")
    assert [one[0] for one in story(target)] == ["vendor-silent"]


def test_nanoseconds_are_kept(tmp_path: Path) -> None:
    stamped = bytearray(parts(name(), lmgrd(), good()))
    stamped[:4] = b"\x4d\x3c\xb2\xa1"
    stamped[28:32] = (123_456_789).to_bytes(4, "little")
    target, _ = copied(bytes(stamped), tmp_path)
    assert packets(target)[0][0] == packets(tmp_path / "original.pcap")[0][0] == 999 + Fraction(123_456_789, 10**9)


def test_two_copies_have_nothing_in_common(tmp_path: Path) -> None:
    path, hosts = CAPTURES / "real-client" / "healthy.pcap", set()
    for number in range(4):
        target = tmp_path / f"{number}.pcapng"
        anonymize(path, target)
        hosts.add(analyze(target).cases[0].evidence.host)
    assert len(hosts) == 4


def test_the_capture_itself_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ticket.pcap"
    path.write_bytes(data := parts(name(), lmgrd(), good()))
    link = tmp_path / "link.pcap"
    link.symlink_to(path)
    for target in (path, link):
        with pytest.raises(CaptureError, match="over the capture itself"):
            anonymize(path, target)
    assert path.read_bytes() == data


def refused(folder: Path, match: str, data: bytes | None = None) -> None:
    """Check that no copy is made, and that what stood in its place is still there."""
    (folder / "copy.pcapng").write_bytes(b"what was there")
    with pytest.raises(CaptureError, match=match):
        copied(parts(name(), lmgrd(), good()) if data is None else data, folder)
    assert (folder / "copy.pcapng").read_bytes() == b"what was there"
    assert {path.name for path in folder.iterdir()} == {"copy.pcapng", "original.pcap"}


def test_without_license_traffic_there_is_no_copy(tmp_path: Path) -> None:
    refused(tmp_path, "it holds no license traffic", parts([LATER]))


def test_a_copy_that_would_tell_another_story_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_MASKS, Referral, lambda _masks, _message: {"port": 9})
    refused(tmp_path, "would not tell the same story")


@pytest.mark.parametrize("where", ["talk", "payload"])
def test_a_copy_that_still_names_somebody_is_refused(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "talk":
        monkeypatch.setattr(
            "lmwire.capture.privacy.mask_streams.MaskedDirection.payload", lambda _self, seen, _alone: seen.payload
        )
        refused(tmp_path, "same story|a name")
    else:
        monkeypatch.setattr("lmwire.capture.privacy.pseudonym_addresses.Addresses.text", lambda _self, text: text)
        story_by_address = Talk().connect().ask().answer(referral(SERVER)).close().packets
        refused(tmp_path, "same story|an address", parts(story_by_address, good()))


def test_a_broken_capture_is_copied_as_far_as_it_goes(tmp_path: Path) -> None:
    target, said = copied(parts(name(), lmgrd(), good()) + b"\1\2\3", tmp_path)
    assert said.broken is not None
    assert analyze(target).broken is None
    assert story(target) == story(tmp_path / "original.pcap")


def test_the_command_prints_the_analysis_of_the_copy(tmp_path: Path) -> None:
    source, target = CAPTURES / "real-client" / "vendor-filtered.pcap", tmp_path / "copy.pcapng"
    status, out, err = run(str(source), "--anonymize", str(target), "--format", "json")
    (diagnosis,) = json.loads(out)["diagnoses"]
    assert (status, diagnosis["verdict"]["id"]) == (1, "vendor-filtered")
    assert "licsrv" not in out
    assert "192.0.2." not in out
    assert "packets of other traffic (4)" in err
    assert run(str(target), "--format", "json")[1] == out


def test_a_copy_takes_the_place_of_files_only(tmp_path: Path) -> None:
    source, pipe = CAPTURES / "real-client" / "healthy.pcap", tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CaptureError, match="not a file"):
        anonymize(source, pipe)
    assert pipe.is_fifo()


def test_a_pipe_is_not_waited_for_a_second_time(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CaptureError, match="save it to a file first"):
        anonymize(pipe, tmp_path / "copy.pcapng")


def test_a_copy_goes_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "folder" / "copy.pcapng")
    anonymize(CAPTURES / "real-client" / "healthy.pcap", link)
    assert link.is_symlink()
    assert analyze(tmp_path / "folder" / "copy.pcapng").broken is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("-", "--anonymize", "{}/copy.pcapng"), "several times"),
        (("x.pcap", "--anonymize", "{}/a", "--client", "192.0.2.1"), "no longer has"),
        (("x.pcap", "--anonymize", "{}/a", "--output", "{}/a"), "the same file"),
        (("x.pcap", "--anonymize", "{}/none/a"), "there is no directory"),
    ],
)
def test_wrong_usage(arguments: Iterable[str], match: str, tmp_path: Path) -> None:
    status, out, err = run(*(one.format(tmp_path) for one in arguments))
    assert (status, out) == (2, "")
    assert match in err
