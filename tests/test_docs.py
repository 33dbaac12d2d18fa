"""What the documentation copies from the code is up to date."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lmwire.licensepath import LicensePathError, parse_path

ROOT = Path(__file__).resolve().parent.parent


def test_generated_parts_are_up_to_date() -> None:
    result = subprocess.run(
        [sys.executable, "scripts/make_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{result.stderr}run: python scripts/make_docs.py"


def test_the_picture_loads_nothing_and_says_what_to_open() -> None:
    drawn = (ROOT / "docs/diagnose.svg").read_text(encoding="utf-8")
    root = ET.fromstring(drawn)  # noqa: S314 # our own
    shown = "".join(root.itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert "vendor-filtered" in shown
    assert "Open TCP 52413 from 192.0.2.77" in shown
    assert re.findall(r"https?://[^\"]+", drawn) == ["http://www.w3.org/2000/svg"]  # a name, not an address
    assert set(re.findall(r"url\((.)", drawn)) == {"#"}
    assert "@import" not in drawn
    assert "@font-face" not in drawn


def test_what_is_called_a_mistake_is_one_and_what_is_advised_is_understood() -> None:
    text = (ROOT / "docs/targets.md").read_text(encoding="utf-8").partition("## Errors")[2]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert rows
    for written, advised in rows:
        for mistake in re.findall("`([^`]+)`", written):
            with pytest.raises(LicensePathError):
                parse_path(mistake)
        for target in re.findall("`([^`]+@[^`]+)`", advised):
            assert parse_path(target).targets


def test_ipv6_addresses_are_advised_without_brackets() -> None:
    for wrong in ("27000@[::1", "27000@[::1]x", "27000@[fe80::1%]", "[::1]:27000"):
        with pytest.raises(LicensePathError) as caught:
            parse_path(wrong)
        assert "[" not in caught.value.hint
