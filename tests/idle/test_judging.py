"""From fates to the judgement, and from the judgement to words."""

from __future__ import annotations

import pytest

from lmwire.idle.judging import judge
from lmwire.idle.model import FORGOTTEN, Fate, IdleProbe, Measured, Outcome, Trouble
from lmwire.idle.sentences import headline_of, remedies_of, sentences_of

_LETTERS = {
    "S": Fate.SURVIVED,
    "R": Fate.RESET,
    "C": Fate.CLOSED,
    "I": Fate.REJECTED,
    "-": Fate.SILENT,
    "N": Fate.NOT_RETURNED,
    "W": Fate.WRONG,
    "E": Fate.ENDED,
    ".": Fate.NOT_TRIED,
}


def measured(written: str, *, gone: str = "", slept: float = 0.0) -> Measured:
    """Read "60S 90-": seconds of silence, each with a letter for its fate."""
    probes = tuple(
        IdleProbe(age=float(word[:-1]), seconds=float(word[:-1]), fate=_LETTERS[word[-1]]) for word in written.split()
    )
    return Measured(probes=probes, gone=gone, slept=slept)


@pytest.mark.parametrize(
    ("written", "survived", "forgotten", "heartbeat", "keepalive"),
    [
        ("15S 30S 60S 90- 95- 95-", 60, 90, False, 55),
        ("15S 30S 60S 90R 90.1R", 60, 90, False, 55),
        ("15R 15.1R", None, 15, False, None),
        ("0.5S 1R", 0.5, 1, False, None),
        ("90S 120- 125-", 90, 120, False, 82),
        ("120S 150- 155-", 120, 150, True, 110),
        ("90S 150- 155-", 90, 150, None, 82),
        ("240S 300I", 240, 300, True, 220),
        ("30S 50C 50C", 30, 50, False, None),
        ("30S 60N 65N", 30, 60, False, None),
    ],
)
def test_a_path_that_forgets(
    written: str, survived: float | None, forgotten: float, heartbeat: bool | None, keepalive: int | None
) -> None:
    found = judge(measured(written))
    assert found.outcome is Outcome.FORGETS
    assert (found.survived, found.forgotten, found.heartbeat_survives) == (survived, forgotten, heartbeat)
    assert found.keepalive == keepalive
    assert found.how in FORGOTTEN


@pytest.mark.parametrize(("written", "heartbeat"), [("60S 119.9S", None), ("60S 120S", True), ("600S 15S", True)])
def test_a_path_that_remembers(written: str, heartbeat: bool | None) -> None:
    found = judge(measured(written))
    assert (found.outcome, found.forgotten, found.heartbeat_survives) == (Outcome.REMEMBERS, None, heartbeat)
    assert found.keepalive is None


@pytest.mark.parametrize(
    ("written", "trouble", "heartbeat"),
    [
        ("15S 30- 31S", Trouble.DISORDER, None),
        ("15S 30- 30S", Trouble.DISORDER, None),
        ("120S 150- 151S", Trouble.DISORDER, True),
        ("90- 125S", Trouble.DISORDER, None),
        ("15S 30W", Trouble.WRONG, None),
        ("120S 150W", Trouble.WRONG, None),
        ("15S 30E 60.", Trouble.ENDED, None),
        ("120S 150E 180.", Trouble.ENDED, True),
        ("15. 30.", Trouble.ENDED, None),
        ("15S 30- 31E", Trouble.ENDED, None),
    ],
)
def test_what_tells_nothing_about_the_path(written: str, trouble: Trouble, heartbeat: bool | None) -> None:
    found = judge(measured(written))
    assert (found.outcome, found.trouble) == (Outcome.INCONCLUSIVE, trouble)
    assert found.heartbeat_survives is heartbeat
    assert found.forgotten is None
    assert found.keepalive is None


def test_a_loss_counts_only_while_the_other_end_is_there_and_this_machine_is_awake() -> None:
    assert judge(measured("15S 30R 60.", gone="connection refused")).trouble is Trouble.GONE
    assert judge(measured("15S 30R 60R", slept=7200)).trouble is Trouble.SLEPT
    assert judge(measured("15S 120S", slept=7200)).heartbeat_survives is True  # it was silent for longer, if anything


def test_the_words_of_a_path_that_forgets_before_the_heartbeat() -> None:
    seen = measured("15S 60S 90- 95-")
    found = judge(seen)
    assert headline_of(found) == "The path forgets a connection after more than 60 s and at most 90 s of silence."
    assert "comes too late" in " ".join(sentences_of(found, seen))
    first, second = remedies_of(found, "27000@gw")
    assert first == "Use a keepalive of at most 55 s: `lmwire gateway` at one end of the path sends one every 25 s."
    assert "idle timeout well above 120 s" in second


def test_a_keepalive_shorter_than_the_gateways_own_is_configured() -> None:
    advised = " ".join(remedies_of(judge(measured("15S 30-")), "27000@gw"))
    assert "`keepalive = 13` under `[limits]`" in advised
    assert "every 25 s" not in advised


def test_no_keepalive_is_advised_where_none_is_known() -> None:
    assert "`lmwire idle 27000@gw --ages 2,5,10`" in remedies_of(judge(measured("15-")), "27000@gw")[0]


@pytest.mark.parametrize("letter", ["C", "N"])
def test_a_proxy_needs_its_own_timeout_and_no_keepalive(letter: str) -> None:
    advised = " ".join(remedies_of(judge(measured(f"30S 60{letter}")), "27000@gw"))
    assert "ServerAliveInterval" in advised
    assert "Use a keepalive" not in advised


def test_a_heartbeat_that_is_barely_in_time_is_said_to_be() -> None:
    narrow, wide = measured("120S 150-"), measured("240S 300-")
    assert "with little to spare" in " ".join(sentences_of(judge(narrow), narrow))
    assert "with little to spare" not in " ".join(sentences_of(judge(wide), wide))
    assert remedies_of(judge(wide), "27000@gw") == ()


@pytest.mark.parametrize(("written", "again"), [("90S 150-", "--ages 90,115,120,125,150"), ("60S", "--up-to 180")])
def test_what_remains_open_is_to_be_measured(written: str, again: str) -> None:
    assert again in remedies_of(judge(measured(written)), "27000@gw")[0]


def test_every_trouble_and_every_loss_has_its_words() -> None:
    for written in ("15S 30R", "15S 30C", "15S 30I", "15S 30-", "15S 30N", "15W", "15E", "15- 16S"):
        seen = measured(written)
        found = judge(seen)
        assert headline_of(found)
        assert len(sentences_of(found, seen)) >= 2
        assert remedies_of(found, "27000@gw")
    gone = measured("15-", gone="10.0.0.1:27000 refuses")
    assert "10.0.0.1:27000 refuses" in " ".join(sentences_of(judge(gone), gone))
