"""Read the services from the output of `lmwire diagnose --format json`. The document is untrusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lmwire.diagnosis import SCHEMA, Diagnosis, Opening, Report
from lmwire.diagnosis.openings import openings_of
from lmwire.errors import argument
from lmwire.evidence import Answer, Dialogue, Evidence, Role
from lmwire.firewall.comments import plain
from lmwire.firewall.errors import FirewallError
from lmwire.firewall.inputs.service import LicenseService
from lmwire.firewall.model import LMGRD, MAX_RULES, Pin, destination
from lmwire.text import printable

__all__ = ["MAX_DOCUMENT", "from_diagnosis"]

MAX_DOCUMENT: Final = 64 * 1024 * 1024
"""Largest document that lmwire reads, in bytes."""

_NAME: Final = 60


def from_diagnosis(document: bytes, name: str) -> list[LicenseService]:
    """Return the daemons that a diagnosis found or looked for, with their addresses.

    Args:
        document: JSON of `lmwire.diagnosis/1`, at most MAX_DOCUMENT bytes.
        name: its name in errors. Not escaped.

    Raises:
        FirewallError: it is not such a document, or no server in it has an address.
    """
    report = _read(document, printable(name, 200))
    services: list[LicenseService] = []
    for diagnosis in report.diagnoses:
        for evidence in (diagnosis.evidence, *(member.evidence for member in diagnosis.members)):
            services += _of(diagnosis, evidence)
            if len(services) > 2 * MAX_RULES:
                raise FirewallError(f"{printable(name, 200)} has more than {2 * MAX_RULES} connections")
    return services


def _read(document: bytes, name: str) -> Report:
    if len(document) > MAX_DOCUMENT:
        raise FirewallError(f"{name} is larger than {MAX_DOCUMENT >> 20} MB, too large for a diagnosis")
    hint = "make one with: lmwire diagnose 27000@licsrv -f json > d.json"
    try:
        report = msgspec.json.decode(document, type=Report)
    except msgspec.ValidationError as error:
        raise FirewallError(f"{name} is not a diagnosis: {printable(str(error), 200)}", hint) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FirewallError(f"{name} is not JSON: {printable(str(error), 200)}", hint) from None
    if report.schema != SCHEMA:
        raise FirewallError(f"{name} has the schema {printable(report.schema, 60)} instead of {SCHEMA}", hint)
    return report


def _of(diagnosis: Diagnosis, evidence: Evidence) -> Iterator[LicenseService]:
    rows = openings_of(evidence)
    if not rows:
        raise FirewallError(
            f"the diagnosis of {printable(evidence.target, 100)} has no address: "
            f"{printable(diagnosis.verdict.headline, 200)}",
            "solve that first, or name the ports and the address: "
            f"{argument('ports', '27000', '27001:ibmratl')}, {argument('to', '192.0.2.20')}",
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


def _lmgrd(evidence: Evidence, row: Opening) -> LicenseService:
    # With a bare @host, the port is known only after an lmgrd has answered.
    known = evidence.port is not None or any(
        leg.port == row.port and (leg.answered or leg.dialogue is Dialogue.ERROR) and leg.answer is not Answer.HELLO
        for leg in evidence.legs_of(Role.LMGRD)
    )
    host = plain(evidence.host, _NAME)
    hint = f"name it: {argument('ports', '27000')}"
    return LicenseService(
        server=evidence.host,
        to=destination(row.destination),
        daemon=LMGRD,
        port=row.port if known else None,
        unknown=("", "") if known else (f"the diagnosis found no lmgrd on {host}, so lmgrd's port is unknown", hint),
    )


def _vendor(evidence: Evidence, address: str, port: int | None) -> LicenseService:
    name = plain(evidence.vendor, _NAME) if evidence.vendor else "the vendor daemon"
    host = plain(evidence.host, _NAME)
    message = f"the diagnosis does not have the port of {name} on {host}: lmgrd gave no usable referral"
    daemon = plain(evidence.vendor, _NAME) if evidence.vendor else "ibmratl"
    hint = (
        f"if the license file pins it (lmwire license pin FILE {daemon}=27001), add "
        f"{argument('ports', f'27001:{daemon}')}; or run the diagnosis on a machine that reaches lmgrd"
    )
    return LicenseService(
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
