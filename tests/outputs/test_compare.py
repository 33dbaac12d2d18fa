from __future__ import annotations

from pathlib import Path

import pytest

from tests.outputs.__main__ import main
from tests.outputs.compare import compare
from tests.outputs.groups import GROUPS
from tests.outputs.volatile import RULES, settle

TOLD = """\
$ lmwire diagnose 27000@127.0.0.1:40123@127.0.0.1
--- exit status 0
--- standard output
  ✔ vendor daemon  127.0.0.1:27001  answers (FlexNet 11.19)               {took}
  ✔ lmgrd          127.0.0.1:{port}  answers
--- standard error
"""
MOCK = """\
{{"ready":true,"lmgrd_port":27000}}
{{"time":"{first}","peer_port":{port},"asked":["dlist"],"client":{{"pid":"{pid}"}},"seconds":{seconds}}}
{{"time":"{second}","peer_port":{port},"asked":["hello"],"client":{{"pid":"{pid}"}},"seconds":{seconds}}}
"""


def told(took: str = "0.8 ms", port: int = 40123) -> str:
    return TOLD.replace("40123", str(port)).format(took=took, port=port)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    for side in ("old", "new"):
        for name in ("scenarios/healthy/text", "captures/healthy/text"):
            path = tmp_path / side / f"{name}.txt"
            path.parent.mkdir(parents=True)
            path.write_text(told(), encoding="utf-8")
    return tmp_path / "old", tmp_path / "new"


def change(side: Path, name: str, old: str, new: str) -> None:
    path = side / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_same_twice_is_the_same(sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *map(str, sides)]) == 0
    assert capsys.readouterr().out == "0 of 2 outputs differ\n"


@pytest.mark.parametrize("name", ["scenarios/healthy/text.txt", "captures/healthy/text.txt"])
@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("answers (Flex", "answer (Flex", "standard output"),
        ("27001", "27002", "standard output"),
        ("11.19", "11.18", "standard output"),
        ("  ✔ lmgrd", " ✔ lmgrd", "standard output"),
        ("status 0", "status 1", "exit status"),
        ("--- standard error\n", "--- standard error\nlmwire: gone\n", "standard error"),
        ("diagnose 27000", "diagnose -4 27000", "command"),
        ("--- standard error\n", "--- standard error\n--- file a.txt\nmore\n", "file a.txt"),
    ],
)
def test_a_planted_change_is_found(sides: tuple[Path, Path], name: str, old: str, new: str, kind: str) -> None:
    change(sides[1], name, old, new)
    total, differences = compare(*sides)
    assert [(each.name, each.kind) for each in differences] == [(name, kind)]
    assert total == 2


def test_a_change_is_shown_and_counted(sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("scenarios/healthy/text.txt", "captures/healthy/text.txt"):
        change(sides[1], name, "  ✔ lmgrd  ", "  ✔ LMGRD  ")
    assert main(["compare", *map(str, sides)]) == 1
    shown = capsys.readouterr().out
    assert shown.count("\n+  ✔ LMGRD") == 2
    assert "    1  captures: text: standard output\n    1  scenarios: text: standard output\n" in shown
    assert shown.endswith("2 of 2 outputs differ\n")


def test_the_same_change_can_be_shown_once(sides: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    for side in sides:
        (side / "captures/other").mkdir()
        (side / "captures/other/text.txt").write_text(told(), encoding="utf-8")
    for name in ("captures/healthy/text.txt", "captures/other/text.txt"):
        change(sides[1], name, "vendor daemon", "Vendor daemon")
    assert main(["compare", "--fold", *map(str, sides)]) == 1
    shown = capsys.readouterr().out
    assert shown.count("\n+  ✔ Vendor") == 1
    assert "The same change in 1 more: captures/other/text.txt" in shown


def test_an_output_that_one_side_lacks_is_found(sides: tuple[Path, Path]) -> None:
    (sides[1] / "captures/healthy/text.txt").unlink()
    (sides[1] / "captures/healthy/json.txt").write_text("new", encoding="utf-8")
    _, differences = compare(*sides)
    assert [each.kind for each in differences] == ["only in the new recording", "only in the old recording"]


def test_nothing_recorded_is_not_the_same(tmp_path: Path) -> None:
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 1


def test_times_and_chosen_ports_of_a_live_run_are_passed_over() -> None:
    assert settle("scenarios", told("0.8 ms", 40123)) == settle("scenarios", told(" 12 ms", 40999))
    assert settle("captures", told("0.8 ms")) != settle("captures", told("0.9 ms"))
    assert settle("captures", told(port=40123)) != settle("captures", told(port=40999))
    assert settle("scenarios", told(port=40123)) != settle("scenarios", told(port=27003))


def test_conversations_side_by_side_may_end_in_any_order() -> None:
    lines = MOCK.format(first="2026-01-01T00:00:01Z", second="2026-01-01T00:00:02Z", port=40001, pid=7, seconds=0.25)
    other = MOCK.format(first="2026-02-01T00:00:01Z", second="2026-02-01T00:00:02Z", port=40321, pid=8, seconds=1)
    ready, one, two = other.splitlines(keepends=True)
    assert settle("scenarios", lines) == settle("scenarios", ready + two + one)
    assert settle("scenarios", lines) != settle("scenarios", other.replace("dlist", "ilist"))


def test_a_hello_that_may_be_given_up_is_passed_over() -> None:
    line = '{"time":"2026-01-01T00:00:01Z","asked":["hello"],"client":{"vendor":"NAME"}}\n'
    assert settle("scenarios", line.replace("NAME", "lmwire")) == ""
    assert settle("scenarios", line) != ""


def test_how_long_a_healthy_walk_took_changes_no_words() -> None:
    quick = (
        "  none     works at once  FlexNet 11.19, measured: -5 means that it\n" + " " * 26 + "lacks the feature\nend"
    )
    slow = (
        "  none     works after 2 s  FlexNet 11.19, measured: -5 means that\n" + " " * 28 + "it lacks the feature\nend"
    )
    assert settle("scenarios", quick) == settle("scenarios", slow)
    assert settle("scenarios", quick) != settle("scenarios", slow.replace("feature", "license"))
    assert settle("scenarios", quick) != settle("scenarios", slow.replace("end", "END"))


def test_a_wait_that_breaks_lines_elsewhere_changes_no_words() -> None:
    first, rest = "\n  \x1b[1;31m{}\x1b[0m\n  \x1b[1;31m{}\x1b[0m\n", "\n  Something drops\n  it.\n"
    one = first.format("No answer within 4 s: the port", "is filtered.") + rest
    two = first.format("No answer within 4.1 s: the port is", "filtered.") + rest
    assert settle("scenarios", one) == settle("scenarios", two)
    assert settle("scenarios", one) != settle("scenarios", two.replace("the port", "that port"))
    assert settle("scenarios", one) != settle("scenarios", one.replace("drops\n  it", "drops it"))
    assert settle("scenarios", one) != settle("scenarios", one.replace("1;31m", "1;32m"))


@pytest.mark.parametrize(
    "words",
    [
        "no answer, filtered: at 27001",
        "-15,570  after 60 s",
        "lmgrd took 3 s: see TCP 643",
        '"icmp": null, "code": "-15,570", "after_seconds": 60',
        "Hint 1 of 3, for 15 points",
        "Pin the port: VENDOR ibmratl port=27001",
        "11.18 and 11.19",
    ],
)
def test_words_and_numbers_that_mean_something_stay(words: str) -> None:
    for group in GROUPS:
        assert settle(group, words) == words


def test_every_rule_is_for_groups_that_there_are() -> None:
    assert all(rule.why and rule.groups <= set(GROUPS) for rule in RULES)
