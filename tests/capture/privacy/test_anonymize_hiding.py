"""Where names and addresses may hide in a packet: none is left in the copy."""

from __future__ import annotations

import ipaddress
import random
import struct
from pathlib import Path

import pytest

from lmwire.capture import analyze
from lmwire.capture.files.reader import CaptureFile
from lmwire.capture.privacy.anonymize import anonymize
from lmwire.capture.privacy.leak_check import _alone
from lmwire.diagnosis import diagnose
from lmwire.wire import (
    Hello,
    HelloAnswer,
    LegacyError,
    LegacyHello,
    LegacyMessage,
    LegacyText,
    Referral,
    TextAnswer,
    TextRequest,
    Unknown,
    encode,
)
from tests.capture.telling import LATER, good, lmgrd, name, vendor
from tests.capture.wire import (
    ACK,
    CLIENT,
    PSH,
    RST,
    SERVER,
    SYN,
    Packet,
    Talk,
    arp,
    dns,
    hello,
    hello_answer,
    icmp_error,
    ip,
    lookup,
    pcap,
    referral,
    tcp,
    udp,
)

SECRET = "sekretcorp"  # noqa: S105 # no password: what must not be found
RAW = SECRET.encode()
HIDDEN = ipaddress.ip_address("172.20.99.77").packed
ETHERNET = b"\x00\x1b\x21\x0a\x0b\x0c\x00\x1b\x21\x0d\x0e\x0f\x08\x00"


def copy_of(packets: list[Packet], folder: Path, *, link: int = 101, snap: int | None = None) -> Path:
    """Return the copy of a capture, which must tell the same, and hold neither the secret nor an address."""
    source, target = folder / "original.pcap", folder / "copy.pcapng"
    source.write_bytes(pcap(sorted(packets, key=lambda packet: packet[0]), link=link, snap=snap))
    said = anonymize(source, target, chance=random.Random(3))  # noqa: S311 # tests want the same each time
    assert said.same
    assert verdicts(target) == verdicts(source)
    whole = target.read_bytes()
    for form in (RAW, RAW.upper(), SECRET.encode("utf-16-le"), HIDDEN, b"172.20.99.77"):
        assert form not in whole
    return target


def verdicts(path: Path) -> list[tuple[str, int]]:
    return sorted((diagnose(case.evidence).verdict.id, case.attempts) for case in analyze(path).cases)


def datas(path: Path) -> list[bytes]:
    with CaptureFile(path) as file:
        return [data for _, _, data, _ in file]


STORY = [*name(), *lmgrd(), *good()]

TALKS = {
    "every field of a hello": encode(
        Hello(
            vendor="ibmratl",
            user=SECRET,
            host=f"{SECRET}.example",
            display=f"{SECRET.upper()}:10.0",
            platform=SECRET,
            tail=RAW,
        )
    ),
    "a request": encode(
        TextRequest(command=f"getpaths {SECRET}", user=SECRET, host=SECRET, vendor="x", display=SECRET, tail=RAW)
    ),
    "a legacy hello": encode(
        LegacyHello(
            vendor="ibmratl",
            user=f"carol\0{SECRET}",
            host=SECRET,
            display="172.20.99.77:0",
            platform=SECRET,
            pid=SECRET,
            transport=f"T{SECRET}",
        )
    ),
    "an unknown message": encode(Unknown(number=0x0666, body=RAW)),
    "another letter": encode(LegacyMessage(letter="l", body=RAW.ljust(145))),
    "a message that is cut off": encode(Hello(vendor="ibmratl", user=SECRET))[:-9],
    "a wrong checksum": encode(Hello(vendor=SECRET, user=SECRET))[:-1] + b"!",
    "two messages": hello() + encode(Unknown(number=1, body=RAW)),
    "a message and more": hello() + RAW,
}

ANSWERS = {
    "a referral": encode(Referral(host=f"{SECRET}.example", port=27001, tail=RAW)),
    "an answer": encode(HelloAnswer(vendor="ibmratl", host=SECRET, tail=RAW)),
    "a license file": encode(TextAnswer(text=f"SERVER {SECRET} 0011223344 27000\nVENDOR x", tail=RAW)),
    "an error": encode(LegacyError(text=f"-97 {SECRET}")),
    "an error and what was before": encode(LegacyError(text=f"-97\0{SECRET}")),
    "a text in pieces": encode(LegacyText(remaining="134", chunk=b"SERVER " + RAW.ljust(127, b"\0"))),
    "a referral that is cut off": referral(SECRET)[:-14],
    "HTTP": f"HTTP/1.1 400 Bad\r\nServer: {SECRET}\r\nHost: 172.20.99.77\r\n\r\n{SECRET}".encode(),
    "a mail server": f"220 {SECRET}.example ESMTP {SECRET}\r\n".encode(),
    "an SSH server": f"SSH-2.0-{SECRET}_1\r\n".encode(),
    "a page": f" <html><title>{SECRET}".encode(),
    "what nobody knows": f"Welcome to {SECRET}!".encode(),
    "a lot of it": f"Welcome to {SECRET}!".encode() * 20,
    "noise": b"\x01" + RAW * 3,
}


@pytest.mark.parametrize("text", TALKS.values(), ids=TALKS)
def test_in_questions(text: bytes, tmp_path: Path) -> None:
    copy_of([*STORY, *Talk(client_port=40007, when=1010.0).connect().ask(text).close().packets, LATER], tmp_path)


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("question", [hello(), encode(TextRequest(command="dlist"))], ids=["hello", "dlist"])
def test_in_answers(question: bytes, text: bytes, tmp_path: Path) -> None:
    talk = Talk(client_port=40007, when=1010.0).connect().ask(question).answer(text).close(1)
    copy_of([*STORY, *talk.packets, LATER], tmp_path)


@pytest.mark.parametrize("snap", range(60, 130, 7))
def test_in_snapped_packets(snap: int, tmp_path: Path) -> None:
    talk = Talk().connect().ask(TALKS["every field of a hello"]).answer(ANSWERS["a referral"]).close()
    copy_of([*talk.packets, LATER], tmp_path, snap=snap)


def test_in_conversations_of_which_a_part_is_missing(tmp_path: Path) -> None:
    whole = Talk().connect().ask(TALKS["every field of a hello"]).answer(ANSWERS["a referral"]).close().packets
    for missing in range(len(whole)):
        folder = tmp_path / str(missing)
        folder.mkdir()
        copy_of([*STORY, *((when + 20, data) for at, (when, data) in enumerate(whole) if at != missing)], folder)


def test_behind_holes_and_in_copies_that_differ(tmp_path: Path) -> None:
    talk = Talk().connect().ask()
    talk.put(1, PSH | ACK, RAW, at=500)  # behind a hole
    talk.put(1, PSH | ACK, RAW, at=1 << 24)  # far away
    talk.put(1, PSH | ACK, referral()[:20])
    talk.put(1, PSH | ACK, RAW, at=3)
    talk.answer(referral()[20:])
    talk.put(1, RST, RAW)
    talk.put(0, RST, RAW)
    target = copy_of([*name(), *talk.packets, *good()], tmp_path)
    assert any("different content" in limit for case in analyze(target).cases for limit in case.evidence.limits)


def test_in_what_opens_a_connection(tmp_path: Path) -> None:
    talk = Talk().connect().ask().answer(referral()).close()
    when, opening = talk.packets[0]
    options = bytes((254, 2 + len(RAW))) + RAW + bytes((34, 8)) + b"cookie" + bytes((76, 10)) + HIDDEN * 2
    options = bytes((2, 4, 5, 180)) + options.ljust(36, b"\1")
    head = bytearray(opening[20:40])
    head[12] = (20 + len(options)) << 2
    talk.packets[0] = (when, ip(CLIENT, SERVER, 6, bytes(head) + options + RAW))
    target = copy_of([*name(), *talk.packets, *good()], tmp_path)
    opening = next(data for data in datas(target) if data[9] == 6)
    assert opening[40:44] == bytes((2, 4, 5, 180))
    assert set(opening[44:80]) == {1}
    assert not any(opening[80:])


def test_in_options_and_padding_of_ip(tmp_path: Path) -> None:
    packets = []
    for when, data in STORY:
        options = bytes((7, 11, 8)) + HIDDEN * 2 + b"\0"
        longer = bytes((0x48, 0)) + (len(data) + 12).to_bytes(2) + data[4:20] + options + data[20:]
        packets.append((when, ETHERNET + longer + RAW))
    target = copy_of(packets, tmp_path, link=1)
    assert not any(ETHERNET[at : at + 6] in data for data in datas(target) for at in (0, 6))
    assert all(data.endswith(bytes(len(RAW))) for data in datas(target))


def test_in_link_layers_of_linux(tmp_path: Path) -> None:
    cooked = struct.pack(">HHH", 0, 1, 6) + b"\x00\x1b\x21\x0a\x0b\x0c" + RAW[:2] + b"\x08\x00"
    target = copy_of([(when, cooked + data) for when, data in STORY], tmp_path, link=113)
    assert not any(b"\x1b\x21\x0a" in data for data in datas(target))


def test_in_errors_and_what_they_quote(tmp_path: Path) -> None:
    talk = vendor().syn()
    offending = talk.packets[-1][1]
    extension = b"\x20\0\xbe\xef" + struct.pack(">HBB", 24, 2, 15) + HIDDEN + RAW
    error = icmp_error("172.20.99.77", offending, code=13) + extension
    error = error[:2] + len(error).to_bytes(2) + error[4:]
    target = copy_of([*name(), *lmgrd(), *talk.packets, (1002.0, error), LATER], tmp_path)
    (case,) = analyze(target).cases
    sender = case.evidence.legs[-1].icmp
    assert sender is not None
    assert sender.sender not in (None, "172.20.99.77")
    assert ipaddress.ip_address(str(sender.sender)).is_private


def test_in_dns(tmp_path: Path) -> None:
    looks = [
        *lookup(998.0, f"licsrv.{SECRET}.example", code=3, number=8),
        *lookup(998.1, f"LicSrv.{SECRET.upper()}", "172.20.99.77", number=9),
        *lookup(998.2, f"www.{SECRET}.example", "172.20.99.77", number=10),
        *lookup(998.3, f"{SECRET}.licsrv", code=3, number=11),
    ]
    answer = dns("licsrv", [SERVER])
    answer = answer[:6] + struct.pack(">HHH", 1, 1, 6) + answer[12:]
    label = bytes((len(RAW),)) + RAW
    alias = struct.pack(">HHHIH", 0xC00C, 5, 1, 60, len(label) + 2) + label + b"\xc0\x0c"
    service = struct.pack(">HHHIH", 0xC00C, 33, 1, 60, 6 + len(label) + 1) + bytes(6) + label + b"\0"
    text = struct.pack(">HHHIH", 0xC00C, 16, 1, 60, len(label)) + label
    authority = struct.pack(">HHHIH", 0xC00C, 6, 1, 60, 2 * len(label) + 22) + (label + b"\0") * 2 + bytes(20)
    more = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + HIDDEN
    edns = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 12) + struct.pack(">HHHBB", 8, 8, 1, 32, 0) + HIDDEN
    answer = answer[:2] + b"\x81\x80" + answer[4:] + alias + service + text + authority + more + edns
    packets = [*looks, (998.5, ip(SERVER, CLIENT, 17, udp((53, 5353), answer)))]
    reverse = dns("77.99.20.172.in-addr.arpa", kind=12)
    packets.append((998.6, ip(CLIENT, SERVER, 17, udp((5353, 53), reverse))))
    target = copy_of([*packets, *STORY], tmp_path)
    assert not any(b"in-addr" in data or b"www" in data for data in datas(target))
    again = [case.evidence for case in analyze(target).cases]
    assert again[0].referral is not None
    assert again[0].host.split(".")[0].lower() == again[0].referral.host


def test_in_dns_over_tcp(tmp_path: Path) -> None:
    talk = Talk(port=53, when=998.0, client_port=40009).connect()
    for text in (f"www.{SECRET}", f"licsrv.{SECRET}"):
        question, answer = dns(text), dns(text, [SERVER], code=0)
        talk.put(0, PSH | ACK, len(question).to_bytes(2) + question)
        talk.put(1, PSH | ACK, (len(answer).to_bytes(2) + answer)[:9])
        talk.put(1, PSH | ACK, (len(answer).to_bytes(2) + answer)[9:])
    target = copy_of([*talk.close().packets, *lmgrd(), *good()], tmp_path)
    (case,) = analyze(target).cases
    assert len(case.evidence.host) == len(f"licsrv.{SECRET}")


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        (b"at 10.0.0.1:0", True),
        (b"10.0.0.1.", True),
        (b"110.0.0.1", False),
        (b"10.0.0.12", False),
        (b"10.0.0.1.4", False),
        (b"x.10.0.0.1", False),
    ],
)
def test_an_address_as_text_stands_alone(text: bytes, alone: bool) -> None:
    assert _alone(b"10.0.0.1", text) == alone


def test_in_arp(tmp_path: Path) -> None:
    asked = [(1001.5, ETHERNET[:12] + arp(CLIENT, "192.0.2.99")[12:]), (1001.6, arp("172.20.99.77", "172.20.99.78"))]
    story = [*name(), *lmgrd(host="other"), *lookup(1001.2, "other", "192.0.2.99")]
    packets = [(when, ETHERNET + data) for when, data in story]
    target = copy_of([*packets, *asked, (1100.0, ETHERNET + LATER[1])], tmp_path, link=1)
    frames = [data for data in datas(target) if data[12:14] == b"\x08\x06"]
    assert len(frames) == 1
    legs = [leg.connect.value for case in analyze(target).cases for leg in case.evidence.legs]
    assert "unreachable" in legs


def test_in_addresses_of_ipv6(tmp_path: Path) -> None:
    client, server = "2a02:8070:1:2:21b:21ff:fe0a:b0c", "fd12:3456:789a::5"
    talk = Talk(client=client, server=server).connect().ask().answer(referral(server.upper())).close()
    other = vendor(client=client, server=server).connect().ask().answer(hello_answer()).close()
    group = ipaddress.ip_address("ff02::1:ff00:5").packed
    target_address = ipaddress.ip_address(server).packed
    body = b"\x87\0\0\0" + bytes(4) + target_address + b"\x01\x01\x00\x1b\x21\x0a\x0b\x0c"
    link = b"\x33\x33" + group[12:] + b"\x00\x1b\x21\x0a\x0b\x0c\x86\xdd"
    seek = ip(client, str(ipaddress.IPv6Address(group)), 58, body, ttl=255)
    frames = [(when, ETHERNET[:12] + b"\x86\xdd" + data) for when, data in [*talk.packets, *other.packets]]
    target = copy_of([(999.0, link + seek), *frames], tmp_path, link=1)
    whole = target.read_bytes()
    for one in (client, server):
        assert ipaddress.ip_address(one).packed not in whole
        assert one.encode() not in whole.lower()
    assert b"\x21\xff\xfe\x0a" not in whole
    (case,) = analyze(target).cases
    assert case.evidence.referral is not None
    assert case.evidence.referral.host == case.evidence.referral.lmgrd_address.upper()
    sought = datas(target)[0]
    assert sought[54 + 8 + 16 - 3 : 54 + 8 + 16] == sought[54 - 3 : 54] == sought[3:6] != group[-3:]


def test_in_connections_that_reuse_a_port(tmp_path: Path) -> None:
    first = Talk().connect().ask(TALKS["every field of a hello"]).answer(referral("licsrv")).close()
    again = Talk(when=1300.0, first=(77, 88)).connect().ask(TALKS["every field of a hello"]).answer(referral("licsrv"))
    copy_of([*first.packets, *good(), *again.close().packets, *good(when=1301.0)], tmp_path)


def test_other_traffic_is_left_out(tmp_path: Path) -> None:
    other = Talk(port=443, client_port=40111).connect().ask(RAW).close().packets
    ping = ip(CLIENT, SERVER, 1, b"\x08\0\0\0\0\1\0\1" + RAW)
    target = copy_of([*STORY, *other, (1003.0, ping), (1003.1, ip(CLIENT, SERVER, 17, udp((5, 6), RAW)))], tmp_path)
    assert len(datas(target)) == len(STORY) + 1


def test_fragments(tmp_path: Path) -> None:
    talk = Talk().connect()
    talk.put(0, PSH | ACK, hello())
    when, data = talk.packets.pop()
    first = ip(CLIENT, SERVER, 6, data[20:], fragment=0x2000)
    second = ip(CLIENT, SERVER, 6, RAW, fragment=20)
    talk.packets += [(when, first), (when, second)]
    talk.answer(referral())
    target = copy_of([*name(), *talk.packets, *good()], tmp_path)
    assert any("fragments" in limit for case in analyze(target).cases for limit in case.evidence.limits)


def test_syns_only_to_where_nobody_answers(tmp_path: Path) -> None:
    unanswered = ip(CLIENT, "172.20.99.77", 6, tcp((40050, 27000), 5, 0, SYN))
    copy_of([(1000.0 + second, unanswered) for second in (0, 1, 3)], tmp_path)


@pytest.mark.parametrize(
    "answer",
    [
        f"/home/{SECRET}/x: no such file\n".encode(),
        f"/{SECRET}\n".encode(),
        f"/opt/{SECRET}/lic\0\0\0\0\0".encode() + bytes(200),
        b"/" + RAW * 3,
    ],
)
def test_a_path_is_not_a_header(answer: bytes, tmp_path: Path) -> None:
    talk = Talk().connect().ask().answer(answer).close()
    copy_of([*name(), *talk.packets, LATER], tmp_path)


def test_a_path_behind_a_hole_in_the_capture_is_not_a_header(tmp_path: Path) -> None:
    text = f"/opt/lic/a.lic:/home/{SECRET}/x.lic\n"
    frame = encode(TextAnswer(text=text))
    cut = frame.index(b"/home")
    talk = Talk().connect().ask(encode(TextRequest(command="getpaths"))).answer(frame[:30])
    whole = Talk().connect().ask(encode(TextRequest(command="getpaths"))).answer(frame[:30]).answer(frame[30:cut])
    lost = len(talk.packets)
    kept = whole.answer(frame[cut:]).packets
    copy_of([*name(), *kept[:lost], *kept[lost + 1 :], LATER], tmp_path)
