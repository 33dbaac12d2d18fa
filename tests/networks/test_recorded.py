"""What real clients reported in recorded networks, and what the model of their walk makes of the evidence there."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from lmwire.diagnosis.clientwalk import CLIENTS, LINUX, WINDOWS, Client, walk_path
from tests.networks.compare import Comparison, compare, totals
from tests.networks.referees import Seen

FILE = Path(__file__).with_name("recorded.jsonl.gz")


@pytest.fixture(scope="module")
def recorded() -> list[Seen]:
    return msgspec.json.Decoder(Seen).decode_lines(gzip.decompress(FILE.read_bytes()))


def test_predictions_are_as_good_as_promised(recorded: list[Seen]) -> None:
    compared = [each for seen in recorded for each in compare(seen)]
    counted = totals(compared, troubles=0)
    assert counted.runs == 2 * len(recorded) == 600
    assert counted.good, counted.wrong
    assert counted.wrong["system error"] <= counted.runs / 50, counted.wrong


def test_a_wrong_prediction_is_noticed(recorded: list[Seen]) -> None:
    refused = next(seen for seen in recorded if seen.observed[0].code == "-15,570")
    served = msgspec.structs.replace(refused.observed[0], code="-5,414")
    silent = msgspec.structs.replace(refused.observed[0], code="-16,287")
    late = msgspec.structs.replace(refused.observed[0], seconds=1000.0)
    found: list[Comparison] = compare(msgspec.structs.replace(refused, observed=(served, silent, late)))
    assert [each.wrong[0] for each in found] == ["served", "code", "seconds"]
    assert not totals(found, troubles=0).good
    assert f"--seed {refused.plan.seed}" in found[0].report()


def test_a_windows_client_never_waits_longer_than_a_linux_client(recorded: list[Seen]) -> None:
    for seen in recorded:
        for generation in {who.generation for who in CLIENTS}:
            linux, windows = (walk_path(seen.evidence, Client(generation, system)) for system in (LINUX, WINDOWS))
            assert linux.served == windows.served
            assert (linux.seconds or 0) >= (windows.seconds or 0) - 0.001


def test_every_walk_ends_whatever_the_client(recorded: list[Seen]) -> None:
    for seen in recorded:
        for who in CLIENTS:
            outcome = walk_path(seen.evidence, who)
            assert bool(outcome.unknown) or outcome.served or outcome.code is not None or outcome.seconds is None
