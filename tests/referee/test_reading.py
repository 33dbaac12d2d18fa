"""What clients write, read."""

from __future__ import annotations

import pytest

from tests.referee.reading import ReportedError, ReportedSystemError, read_errors

LINUX = """\
FlexNet Licensing checkout error: Cannot connect to license server system.
Feature:       PTS
License path:  27000@192.0.2.20:
FlexNet Licensing error:-15,570.  System Error: 115 "Operation now in progress"
license file(s):  27000@192.0.2.20
"""
WINDOWS = (
    "Flexlm Diagnostic file could not be created at FLEXLM_DIAGNOSTICS_PATH thus created in current directory"
    "FlexNet Licensing checkout error: Cannot connect to license server system.\r\n"
    'FlexNet Licensing error:-15,10.  System Error: 10061 "WinSock: Connection refused"\r\n'
    "FlexNet Licensing checkout error: No such feature exists.\r\n"
    "FlexNet Licensing error:-5,414\r\n"
)
IN_PROGRESS = ReportedError("-15,570", ReportedSystemError(115, "Operation now in progress"))


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", ()),
        (LINUX, (IN_PROGRESS,)),
        (LINUX + LINUX, (IN_PROGRESS, IN_PROGRESS)),
        (
            WINDOWS,
            (
                ReportedError("-15,10", ReportedSystemError(10061, "WinSock: Connection refused")),
                ReportedError("-5,414"),
            ),
        ),
    ],
)
def test_every_report_is_read_in_order(text: str, errors: tuple[ReportedError, ...]) -> None:
    assert read_errors(text) == errors


def test_a_line_that_is_still_being_written_does_not_count() -> None:
    end = LINUX.index("license file(s)")
    assert all(read_errors(LINUX[:cut]) == () for cut in range(end))
    assert read_errors(LINUX[:end]) == (IN_PROGRESS,)
