"""Which variable wins, and what is said when none is set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lmwire.licensepath import LicensePathError, Source, from_environment
from lmwire.licensepath.environment import DEFAULT_FILES, own_variables, variables_of


def no_files(path: str) -> list[tuple[str, bytes]]:
    raise FileNotFoundError(2, "No such file or directory", path)


LM = {"LM_LICENSE_FILE": "27000@general"}
MOSEK = {"MOSEKLM_LICENSE_FILE": "27007@mosek"}
CDS = {"CDS_LIC_FILE": "5280@cadence"}

# environment, vendor asked for, variable that wins, its (prefix, daemon), passed over
WINNERS = [
    (LM, None, "LM_LICENSE_FILE", ("", ""), ()),
    (LM, "moseklm", "LM_LICENSE_FILE", ("", ""), ()),
    (LM | MOSEK, "MOSEKLM", "MOSEKLM_LICENSE_FILE", ("MOSEKLM", "MOSEKLM"), ("LM_LICENSE_FILE",)),
    (LM | MOSEK, "moseklm", "MOSEKLM_LICENSE_FILE", ("MOSEKLM", "MOSEKLM"), ("LM_LICENSE_FILE",)),
    (LM | MOSEK, None, "MOSEKLM_LICENSE_FILE", ("MOSEKLM", "MOSEKLM"), ("LM_LICENSE_FILE",)),
    (LM | MOSEK, "ansyslmd", "LM_LICENSE_FILE", ("", ""), ()),
    ({"ANSYSLMD_LICENSE_FILE": "1055@a"}, None, "ANSYSLMD_LICENSE_FILE", ("ANSYSLMD", "ansyslmd"), ()),
    ({"ACME_LICENSE_FILE": "1@a"}, None, "ACME_LICENSE_FILE", ("ACME", ""), ()),
    ({"ACME_LICENSE_FILE": "1@a"} | LM, None, "ACME_LICENSE_FILE", ("ACME", ""), ("LM_LICENSE_FILE",)),
    ({"ACME_LICENSE_FILE": "1@a"}, "acme", "ACME_LICENSE_FILE", ("ACME", "acme"), ()),
    (CDS | LM, "cdslmd", "CDS_LIC_FILE", ("CDSLMD", "cdslmd"), ("LM_LICENSE_FILE",)),
    (CDS | LM, None, "CDS_LIC_FILE", ("CDSLMD", "cdslmd"), ("LM_LICENSE_FILE",)),
    (
        CDS | {"CDSLMD_LICENSE_FILE": "1@a"},
        "cdslmd",
        "CDS_LIC_FILE",
        ("CDSLMD", "cdslmd"),
        ("CDSLMD_LICENSE_FILE",),
    ),
    # Known daemons before unknown ones, each group by name.
    (
        {"ACME_LICENSE_FILE": "1@a", "MLM_LICENSE_FILE": "1@m", "ARCGIS_LICENSE_FILE": "1@g"} | LM,
        None,
        "ARCGIS_LICENSE_FILE",
        ("ARCGIS", "ARCGIS"),
        ("MLM_LICENSE_FILE", "ACME_LICENSE_FILE", "LM_LICENSE_FILE"),
    ),
    ({"MLM_LICENSE_FILE": "  "} | LM, "MLM", "LM_LICENSE_FILE", ("", ""), ()),
    ({"GRB_LICENSE_FILE": "/opt/gurobi.lic"} | LM, None, "LM_LICENSE_FILE", ("", ""), ()),
    ({"_LICENSE_FILE": "nonsense@"} | LM, None, "LM_LICENSE_FILE", ("", ""), ()),
]


@pytest.mark.parametrize(("environ", "vendor", "variable", "named", "passed_over"), WINNERS)
def test_which_variable_wins(
    environ: dict[str, str], vendor: str | None, variable: str, named: tuple[str, str], passed_over: tuple[str, ...]
) -> None:
    path = from_environment(environ, vendor=vendor, read_file=no_files)
    assert path.source == Source("environment", variable, *named, passed_over)
    assert str(path.targets[0]) == environ[variable]


@pytest.mark.parametrize(("variable", "daemon"), own_variables().items())
def test_variables_that_are_not_named_after_their_daemon(variable: str, daemon: str) -> None:
    assert from_environment({variable: "1@a"}, vendor=daemon.upper()).source.variable == variable
    assert variables_of(daemon)[0].name == variable


def test_the_documentation_has_the_same_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|$", page, re.MULTILINE)) == own_variables()


def test_the_source_reads_as_a_sentence() -> None:
    source = from_environment(LM | MOSEK, vendor="moseklm").source
    assert str(source) == "MOSEKLM_LICENSE_FILE (also set but not used: LM_LICENSE_FILE)"
    assert str(from_environment(LM).source) == "LM_LICENSE_FILE"


@pytest.mark.parametrize("windows", [False, True])
def test_the_default_file_is_the_last_resort(windows: bool) -> None:
    def read(path: str) -> list[tuple[str, bytes]]:
        assert path == DEFAULT_FILES[windows]
        return [(path, b"SERVER licsrv ANY 27000\n")]

    path = from_environment({}, windows=windows, read_file=read)
    assert path.source == Source("default file")
    assert str(path.source) == "the default file"
    assert path.targets[0].origin == DEFAULT_FILES[windows]


@pytest.mark.parametrize(
    ("vendor", "windows", "looked"),
    [
        (None, False, "none of <VENDOR>_LICENSE_FILE, LM_LICENSE_FILE is set"),
        ("moseklm", False, "none of MOSEKLM_LICENSE_FILE, LM_LICENSE_FILE is set"),
        ("cdslmd", True, "none of CDS_LIC_FILE, CDSLMD_LICENSE_FILE, LM_LICENSE_FILE is set"),
        ("a\x1bb", False, r"A\x1bB_LICENSE_FILE"),
    ],
)
def test_nothing_set_says_where_it_looked(vendor: str | None, windows: bool, looked: str) -> None:
    with pytest.raises(LicensePathError) as caught:
        from_environment({}, vendor=vendor, windows=windows, read_file=no_files)
    assert looked in str(caught.value)
    assert f"{DEFAULT_FILES[windows]} does not exist" in str(caught.value)
    assert caught.value.pointer() == ""


def test_an_error_names_its_variable() -> None:
    with pytest.raises(LicensePathError) as caught:
        from_environment({"LM_LICENSE_FILE": "27000@@licsrv"})
    assert str(caught.value) == "LM_LICENSE_FILE: the entry has a second @"
    assert caught.value.pointer() == "27000@@licsrv\n      ^"


def test_an_error_in_a_file_names_variable_file_and_line() -> None:
    with pytest.raises(LicensePathError) as caught:
        from_environment({"MLM_LICENSE_FILE": "x.lic"}, read_file=lambda path: [(path, b"\nSERVER a ANY 0\n")])
    assert caught.value.where == "MLM_LICENSE_FILE, x.lic, line 2"


def test_a_default_file_without_servers_is_an_error_about_that_file() -> None:
    with pytest.raises(
        LicensePathError, match=r"default file: /usr/local/flexlm/licenses/license\.dat has no SERVER line"
    ):
        from_environment({}, windows=False, read_file=lambda path: [(path, b"")])


def test_a_default_file_that_may_not_be_read_is_said() -> None:
    def refuse(path: str) -> list[tuple[str, bytes]]:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(LicensePathError, match=r"license\.dat cannot be read: Permission denied"):
        from_environment({}, windows=False, read_file=refuse)
