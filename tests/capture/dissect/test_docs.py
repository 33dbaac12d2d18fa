"""What docs/layer.md shows is what the tools print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scapy import all as scapy

from lmwire.capture import layer
from lmwire.wire import Hello, LegacyError, Referral, encode
from tests.capture.dissect.pcaps import FIRST_PORT, Piece, connection, write
from tests.capture.dissect.tshark import run

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "layer.md").read_text(encoding="utf-8")
HELLO = Hello(vendor="ibmratl", user="carol", host="ws7", display=":0", platform="x64_linux", pid=4711, time=1795484795)


@pytest.mark.tshark
def test_the_tree_is_what_tshark_shows(tmp_path: Path) -> None:
    answers = (Referral(host="licsrv", port=27001), LegacyError(text="-97"))
    pieces = [Piece(True, encode(HELLO)), *(Piece(False, encode(answer)) for answer in answers)]
    path = write(tmp_path / "docs.pcap", connection(pieces, client_port=FIRST_PORT, port=27000))
    lines = run(path, "-Y", "flexlm", "-V", "-O", "flexlm").splitlines()
    tree = "\n".join(line for line in lines if line.startswith(("FlexNet", " ")))
    assert f"\n{tree}\n```" in DOCUMENT, tree


def test_the_examples_run(tmp_path: Path) -> None:
    pieces = [Piece(True, encode(HELLO)), Piece(False, encode(Referral(host="licsrv", port=27001)))]
    path = write(tmp_path / "ticket-4711.pcap", connection(pieces, client_port=FIRST_PORT, port=27000))
    names = {**vars(scapy), **{name: getattr(layer, name) for name in layer.__all__}}
    examples = re.findall(r"^>>> (.*)\n((?!>>>|```).*\n)?", DOCUMENT, re.MULTILINE)
    shown = {}
    for example, _ in examples:
        if "import" in example or "iface=" in example:
            continue
        code = example.replace("ticket-4711.pcap", str(path))
        if re.match(r"\w+ = ", code):
            exec(code, names)  # noqa: S102 # our own documentation
        else:
            shown[example.split("  ")[0]] = eval(code, names)  # noqa: S307 # the same
    assert len(shown) == 7
    assert shown["FlexLM(bytes(hello)).crc"] == 0
    assert [("licsrv", 27001)] in shown.values()
