"""The one home of a verdict: what a new verdict lacks is named, and no other place names an unknown one."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from lmwire.diagnosis import SPECS, Severity, VerdictId, VerdictSpec
from lmwire.diagnosis.findings import FINDINGS
from lmwire.diagnosis.measured import measured_codes, measured_of
from lmwire.diagnosis.verdicts import BlamedStep, OlderCode, Variant, Wording
from lmwire.errorcodes.codes import error_code, parse_code
from lmwire.evidence import NameFault
from lmwire_mockserver.scenario import scenarios
from tests.diagnosis.test_variants import STORIES
from tests.report.samples import WALKS

ROOT = Path(__file__).parents[2]
PLAYED = frozenset(verdict for played in scenarios() for verdict in (played.expected.verdict, *played.expected.each))
DOCUMENTED = (ROOT / "README.md").read_text(encoding="utf-8")
SENTENCES = ("meaning", "headline", "cause")
FAULTS = ("sum", "truncated")
SERVICES = ("HTTP", "TLS")


def unsaid(what: str, wording: Wording, *, needs_remedies: bool) -> Iterator[str]:
    """Say which sentences are empty."""
    for name in SENTENCES:
        if not getattr(wording, name).strip():
            yield f"{what} has no {name}"
    if needs_remedies and not wording.remedies:
        yield f"{what} has no remedies"


def gaps(
    verdicts: Iterable[str], specs: Mapping[str, VerdictSpec], played: Collection[str], documented: str
) -> Iterator[str]:
    """Say what each verdict lacks."""
    for verdict in verdicts:
        spec = specs.get(verdict)
        if spec is None:
            yield f"{verdict} has no VerdictSpec in lmwire/diagnosis/verdicts"
            continue
        yield from unsaid(verdict, spec, needs_remedies=spec.severity is not Severity.OK)
        for variant, wording in spec.variants.items():
            yield from unsaid(f"{verdict}, variant {variant!r}", wording, needs_remedies=True)
        if not measured_of(verdict) and not spec.no_code_because:
            yield f"{verdict} has no line in measured.tsv, and `no_code_because` does not say why"
        if verdict not in played and not spec.no_scenario_because:
            yield f"{verdict} has no scenario in the mock, and `no_scenario_because` does not say why"
        if f"| `{verdict}` |" not in documented:
            yield f"{verdict} is not in the README's table of verdicts: run scripts/make_docs.py"
        if verdict not in WALKS:
            yield f"{verdict} has no walk in tests/report/samples.py"


def test_no_verdict_lacks_anything() -> None:
    lacks = "\n".join(gaps(VerdictId, SPECS, PLAYED, DOCUMENTED))
    assert not lacks, lacks


FULL = SPECS[VerdictId.VENDOR_FILTERED]


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"meaning": ""}, "has no meaning"),
        ({"headline": " "}, "has no headline"),
        ({"cause": ""}, "has no cause"),
        ({"remedies": ()}, "has no remedies"),
        ({"variants": {"x": msgspec.structs.replace(FULL, cause="")}}, "has no cause"),
    ],
)
def test_a_verdict_without_a_field_is_named_with_that_field(change: dict[str, object], lack: str) -> None:
    planted = {VerdictId.VENDOR_FILTERED: msgspec.structs.replace(FULL, **change)}
    [told] = gaps(planted, planted, PLAYED, DOCUMENTED)
    assert told.startswith("vendor-filtered")
    assert lack in told


def test_a_verdict_that_nobody_filled_in_is_named_with_all_that_it_lacks() -> None:
    assert list(gaps(["no-such-verdict"], SPECS, PLAYED, DOCUMENTED)) == [
        "no-such-verdict has no VerdictSpec in lmwire/diagnosis/verdicts"
    ]
    told = " ".join(gaps(["no-such-verdict"], {"no-such-verdict": FULL}, PLAYED, DOCUMENTED))
    assert "no-such-verdict has no line in measured.tsv" in told
    assert "no-such-verdict has no scenario in the mock" in told
    assert "no-such-verdict is not in the README's table of verdicts" in told
    assert "no-such-verdict has no walk in tests/report/samples.py" in told


def test_the_specs_are_in_the_order_of_the_ids_and_each_is_under_its_own() -> None:
    assert list(SPECS) == list(VerdictId)
    assert all(verdict == spec.id for verdict, spec in SPECS.items())


def test_the_blamed_step_is_the_one_that_the_id_begins_with() -> None:
    named = {"name": BlamedStep.NAME, "lmgrd": BlamedStep.LMGRD, "referral": BlamedStep.REFERRAL}
    named |= {"vendor": BlamedStep.VENDOR, "range": BlamedStep.LMGRD}
    for verdict, spec in SPECS.items():
        assert spec.blames is named.get(verdict.partition("-")[0], BlamedStep.NONE), verdict


def test_likeliness_is_a_place_of_its_own() -> None:
    places: dict[int, list[str]] = {}
    for verdict, spec in SPECS.items():
        places.setdefault(spec.likeliness, []).append(verdict)
    shared = {place: verdicts for place, verdicts in places.items() if len(verdicts) > 1}
    assert not shared, f"these verdicts have the same likeliness: {shared}"


def test_verdicts_that_share_a_code_have_places_of_their_own() -> None:
    places = [(code, place) for spec in SPECS.values() for code, place in spec.led_to_by.items()]
    assert sorted(places) == sorted(set(places))
    for code in {code for code, _ in places}:
        of_code = sorted(place for other, place in places if other == code)
        assert of_code == list(range(1, len(of_code) + 1)), f"{code}: the places in `led_to_by` are not 1, 2, 3, …"


def test_every_variant_is_known_and_has_a_story() -> None:
    known = {*Variant, *(fault.value for fault in NameFault)}
    assert {variant for spec in SPECS.values() for variant in spec.variants} <= known
    assert {(verdict, variant) for verdict, spec in SPECS.items() for variant in spec.variants} == set(STORIES)


def test_every_code_is_one_that_flexnet_has() -> None:
    for verdict, spec in SPECS.items():
        shown = [*measured_codes(verdict), *(entry.code for entry in spec.shows_by_documents)]
        led = [code for code in spec.led_to_by if not code.startswith("*")]
        for code in (*shown, *led):
            [parsed, *_] = parse_code(code)
            assert error_code(parsed.major).known, (verdict, code)


def test_findings_that_a_verdict_already_says_exist() -> None:
    assert {finding for spec in SPECS.values() for finding in spec.already_says} <= set(FINDINGS)


def test_no_scenario_names_an_unknown_verdict() -> None:
    assert set(SPECS) >= PLAYED


def test_a_reason_is_given_only_where_something_is_missing() -> None:
    for verdict, spec in SPECS.items():
        assert not (measured_of(verdict) and spec.no_code_because), verdict
        assert not (verdict in PLAYED and spec.no_scenario_because), verdict


SCENARIOS = "the id of a scenario"
FINDING = "the id of a finding"
LITERALS = {
    "diagnosis/findings.py": FINDING,
    "diagnosis/verdicts/referral.py": FINDING,
    "diagnosis/verdicts/ids.py": "the home of the ids",
    "diagnosis/model.py": "the states that a whole path can have",
    "workflows/demo_servers.py": SCENARIOS,
    "workflows/mock_server.py": SCENARIOS,
    "cli/mock.py": SCENARIOS,
    "pytest_plugin.py": SCENARIOS,
    "testing/server.py": SCENARIOS,
    "gateway/changes.py": SCENARIOS,
    "idle/model.py": "what a measurement of silence came to",
    "report/lab.py": "a state of a lab",
    "serverlog/known_faults.py": "the id of a problem that a log tells",
}
"""Module → what the words mean there that look like ids of verdicts."""


def literals(source: str) -> set[str]:
    """Return the strings of a program that are the id of a verdict."""
    nodes = ast.walk(ast.parse(source))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and node.value in set(SPECS)}


def test_code_compares_with_members_never_with_literals() -> None:
    package = ROOT / "src" / "lmwire"
    found = {
        str(file.relative_to(package)): names
        for file in sorted(package.rglob("*.py"))
        if (names := literals(file.read_text(encoding="utf-8")))
    }
    assert {file: names for file, names in found.items() if file not in LITERALS} == {}


TABLES = {"ruletest/deciding_rules.py": "what packets that a rule drops lead to: the verdicts of a filtered port"}
"""Module outside the diagnosis that lists verdicts → why no `VerdictSpec` has that list."""


def lists_of_verdicts(source: str) -> bool:
    """Whether a program has a list, a set, a tuple or a table with two verdicts in it."""

    def verdicts(nodes: Iterable[ast.AST | None]) -> int:
        names = (node.value for node in nodes if isinstance(node, ast.Attribute))
        return sum(isinstance(name, ast.Name) and name.id == "VerdictId" for name in names)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict) and max(verdicts(node.keys), verdicts(node.values)) > 1:
            return True
        if isinstance(node, ast.List | ast.Set | ast.Tuple) and verdicts(node.elts) > 1:
            return True
    return False


def test_tables_of_verdicts_are_in_the_diagnosis_only() -> None:
    package = ROOT / "src" / "lmwire"
    found = {
        str(file.relative_to(package))
        for file in sorted(package.rglob("*.py"))
        if lists_of_verdicts(file.read_text(encoding="utf-8"))
    }
    assert {file for file in found if not file.startswith("diagnosis/")} == set(TABLES)


def test_a_table_of_verdicts_is_found() -> None:
    assert lists_of_verdicts("A = {VerdictId.HEALTHY: 1, VerdictId.LMGRD_DENIED: 2}")
    assert lists_of_verdicts("A = frozenset({VerdictId.HEALTHY, VerdictId.LMGRD_DENIED})")
    assert not lists_of_verdicts("A = (VerdictId.HEALTHY, other.HEALTHY)")


def test_a_literal_is_found() -> None:
    assert literals('if verdict.id == "vendor-filtered": pass') == {"vendor-filtered"}
    assert literals('"""Say "vendor-filtered"."""') == set()


def test_the_values_of_a_spec_are_frozen() -> None:
    for value in (FULL, OlderCode("older", "-1", "")):
        with pytest.raises(AttributeError):
            value.code = "-2"  # type: ignore[union-attr]
