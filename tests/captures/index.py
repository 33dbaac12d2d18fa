"""The captures of the scenarios and their index: `captures/ID.pcapng`, `captures/index.jsonl`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from lmwire_mockserver.scenario import Scenario
from tests.cli.running import invoke
from tests.matrix.judging import severity

__all__ = ["FOLDER", "INDEX", "Row", "analyzed", "capture_of", "read", "row_of", "write"]

FOLDER: Final = Path(__file__).resolve().parents[2] / "captures"
INDEX: Final = FOLDER / "index.jsonl"


class _Else(msgspec.Struct, frozen=True):
    """What a capture tells instead of the scenario's verdict; no verdict where it holds no license traffic."""

    verdict: str | None
    severity: str | None
    why: str


_ELSE: Final[Mapping[str, _Else]] = MappingProxyType(
    {
        "lmgrd-denied-by-policy": _Else(
            None, None, "the client's routing policy lets nothing out: the name's look-up is all that the capture holds"
        ),
        "vendor-denied-by-policy": _Else(
            "inconclusive",
            "critical",
            "the client's routing policy lets nothing out to the vendor daemon: the capture ends with the referral",
        ),
        "vendor-unreachable": _Else(
            "inconclusive",
            "critical",
            "without a route the client sends nothing to the vendor daemon: the capture ends with the referral",
        ),
        "triad-second-up": _Else(
            "healthy",
            "ok",
            "the servers of a triad are asked like those of a list; that they are a triad stands in the license path",
        ),
    }
)


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A line of the index.

    Attributes:
        license_path, vendor: what was diagnosed; vendor is empty when nobody named one.
        verdict, severity: the scenario's, and the live diagnosis's.
        client_error, client_seconds: what an unmodified FlexNet 11.19.6 client reported, and after how long; null
            where that was not measured.
        each: the verdict of every diagnosis in order, where there are several.
        capture_verdict, capture_severity: what comes out of the capture, where that is another; null for nothing.
        why: why it is another. Only where it is.
    """

    file: str
    scenario: str
    license_path: str
    vendor: str
    verdict: str
    severity: str
    client_error: str | None
    client_seconds: float | None
    each: tuple[str, ...] = ()
    capture_verdict: str | msgspec.UnsetType | None = msgspec.UNSET
    capture_severity: str | msgspec.UnsetType | None = msgspec.UNSET
    why: str = ""


def capture_of(scenario: Scenario) -> Path:
    """Return where the scenario's capture is."""
    return FOLDER / f"{scenario.id}.pcapng"


def row_of(scenario: Scenario, license_path: str) -> Row:
    """Return what the index says of a scenario that was diagnosed by `license_path`."""
    client = scenario.client
    row = Row(
        file=capture_of(scenario).name,
        scenario=scenario.id,
        license_path=license_path,
        vendor=scenario.vendor,
        verdict=scenario.expected.verdict,
        severity=severity(scenario),
        client_error=client.error if client.seen else None,
        client_seconds=client.seconds if client.seen else None,
        each=scenario.expected.each,
    )
    other = _ELSE.get(scenario.id)
    if other is None:
        return row
    return msgspec.structs.replace(row, capture_verdict=other.verdict, capture_severity=other.severity, why=other.why)


def read() -> list[Row]:
    """Return the index as it is."""
    return [msgspec.json.decode(line, type=Row) for line in INDEX.read_bytes().splitlines()]


def write(rows: Iterable[Row]) -> None:
    """Replace the index."""
    lines = (msgspec.json.encode(row) + b"\n" for row in sorted(rows, key=lambda row: row.file))
    INDEX.write_bytes(b"".join(lines))


def analyzed(file: Path) -> dict[str, Any] | None:
    """Return what `lmwire capture analyze` says of a capture; None when it finds no license traffic."""
    result = invoke("capture", "analyze", str(file), "--format", "json")
    assert result.exit_code in {0, 1}, result.stderr
    found: dict[str, Any] | None = msgspec.json.decode(result.stdout) if result.stdout else None
    for line in result.stderr.splitlines():
        told = "Not analyzed: " if found else "the capture holds no license traffic "
        assert line.startswith(f"lmwire: {told}"), line
    return found
