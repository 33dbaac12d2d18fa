"""Services of a diagnosis, as `lmwire diagnose --format json` prints it. The document may come from anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lmwire.diagnosis import SCHEMA, Diagnosis, Opening, Report
from lmwire.diagnosis.openings import openings_of
from lmwire.evidence import Answer, Dialogue, Evidence, Role
from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.inputs.service import Service
from lmwire.firewall.model import LMGRD, MAX_RULES, Pin, destination
from lmwire.text import printable

__all__ = ["MAX_DOCUMENT", "from_diagnosis"]

MAX_DOCUMENT: Final = 64 * 1024 * 1024
"""Bytes of a document that are read."""

_NAME: Final = 60


def from_diagnosis(document: bytes, name: str) -> list[Service]:
    """Return the daemons that a diagnosis met, or looked for, at the addresses at which it did.

    Args:
        document: JSON of `lmwire.diagnosis/1`, at most MAX_DOCUMENT bytes.
        name: what it is called in errors. Not escaped.

    Raises:
        FirewallError: it is no such document, or nothing in it led to an address.
    """
    report = _read(document, printable(name, 200))
    services: list[Service] = []
    for diagnosis in report.diagnoses:
        for evidence in (diagnosis.evidence, *(member.evidence for member in diagnosis.members)):
            services += _of(diagnosis, evidence)
            if len(services) > 2 * MAX_RULES:
                raise FirewallError(f"{printable(name, 200)} tells of more than {2 * MAX_RULES} connections")
    return services


def _read(document: bytes, name: str) -> Report:
    if len(document) > MAX_DOCUMENT:
        raise FirewallError(f"{name} has more than {MAX_DOCUMENT >> 20} MB, too many for a diagnosis")
    hint = "make it with: lmwire diagnose 27000@licsrv --format json > d.json"
    try:
        report = msgspec.json.decode(document, type=Report)
    except msgspec.ValidationError as error:
        raise FirewallError(f"{name} is no diagnosis: {printable(str(error), 200)}", hint) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FirewallError(f"{name} is not JSON: {printable(str(error), 200)}", hint) from None
    if report.schema != SCHEMA:
        raise FirewallError(f"{name} is of schema {printable(report.schema, 60)}, not {SCHEMA}", hint)
    return report


def _of(diagnosis: Diagnosis, evidence: Evidence) -> Iterator[Service]:
    rows = openings_of(evidence)
    if not rows:
        raise FirewallError(
            f"the diagnosis of {printable(evidence.target, 100)} led to no address: "
            f"{printable(diagnosis.verdict.headline, 200)}",
            "cure that first, or give the ports: --port 27000 --port 27001:ibmratl --to ADDRESS",
        )
    vendors = [row for row in rows if _is_vendor(evidence, row)]
    for row in rows:
        yield _vendor(evidence, row.destination, row.port) if row in vendors else _lmgrd(evidence, row)
    if not vendors:
        yield _vendor(evidence, rows[0].destination, None)


def _is_vendor(evidence: Evidence, row: Opening) -> bool:
    if evidence.referral is not None and row.port == evidence.referral.port:
        return True
    legs = [leg for leg in evidence.legs if (leg.address, leg.port) == (row.destination, row.port)]
    if not legs:
        return bool(evidence.pinned) and row.port == evidence.pinned
    return all(leg.role is Role.VENDOR or leg.answer is Answer.HELLO for leg in legs)


def _lmgrd(evidence: Evidence, row: Opening) -> Service:
    # Of a bare @host, the port is known once somebody answered there as lmgrd does.
    known = evidence.port is not None or any(
        leg.port == row.port and (leg.answered or leg.dialogue is Dialogue.ERROR) and leg.answer is not Answer.HELLO
        for leg in evidence.legs_of(Role.LMGRD)
    )
    host = plain(evidence.host, _NAME)
    hint = "say which it is: --port 27000"
    return Service(
        server=evidence.host,
        to=destination(row.destination),
        daemon=LMGRD,
        port=row.port if known else None,
        unknown=("", "") if known else (f"lmgrd was not found on {host}, so that its port is not known", hint),
    )


def _vendor(evidence: Evidence, address: str, port: int | None) -> Service:
    name = plain(evidence.vendor, _NAME) if evidence.vendor else "the vendor daemon"
    host = plain(evidence.host, _NAME)
    message = (
        f"the diagnosis does not tell the port of {name} on {host}: lmgrd did not give a referral that can be used"
    )
    daemon = plain(evidence.vendor, _NAME) if evidence.vendor else "ibmratl"
    hint = (
        f"if the license file pins it (lmwire license pin FILE {daemon}=27001), say so with --port 27001:{daemon}; or "
        "diagnose from where lmgrd can be reached"
    )
    return Service(
        server=evidence.host,
        to=destination(address),
        daemon=evidence.vendor,
        port=port,
        pin=_pin(evidence, port),
        unknown=("", "") if port else (message, hint),
    )


def _pin(evidence: Evidence, port: int | None) -> Pin:
    if port is not None and port == evidence.pinned:
        return Pin.FIXED
    return Pin.MOVES if evidence.pinned == 0 else Pin.UNKNOWN
