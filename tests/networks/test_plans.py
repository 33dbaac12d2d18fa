"""The generator and its model, without a network."""

from __future__ import annotations

import msgspec
import pytest

from lmwire.diagnosis import SPECS
from tests.networks.coverage import VERDICTS, count_causes, count_verdicts, spread
from tests.networks.generate import generate
from tests.networks.model import expected, words
from tests.networks.path import Unknowable
from tests.networks.plan import BACK, ICMP, PLACES, THERE, Daemon, Fault, Name, Nat, Pause, Plan, SynLimit, show

PLANS = [generate(seed) for seed in range(1, 1001)]


def fault(place: str, direction: str, stage: str, kind: str, *, port: int = 27001, family: int = 0) -> Fault:
    fields = {"place": place, "direction": direction, "stage": stage, "kind": kind, "port": port, "family": family}
    return msgspec.convert(fields, Fault)


NAT = Nat(router=1, ports=((27000, 27000),))
BOTH = Name(answer=("server4", "server6"))
INNER = Name(text="inner.test", answer="nxdomain")

ROWS: list[tuple[str, Plan, str]] = [
    ("all well", Plan(), "healthy"),
    ("a drop on the way there", Plan(routers=1, faults=(fault("r1", "there", "syn", "drop"),)), "vendor-filtered"),
    ("an RST on the way there", Plan(routers=1, faults=(fault("r1", "there", "all", "rst"),)), "vendor-refused"),
    (
        "an RST on the way there that is dropped on its way back",
        Plan(routers=2, faults=(fault("r2", "there", "syn", "rst"), fault("r1", "back", "all", "drop"))),
        "vendor-filtered",
    ),
    (
        "a router's RST does not pass its own rules",
        Plan(routers=1, faults=(fault("r1", "there", "syn", "rst"), fault("r1", "back", "all", "drop"))),
        "vendor-refused",
    ),
    (
        "the server's RST does",
        Plan(faults=(fault("server", "there", "syn", "rst"), fault("server", "back", "all", "drop"))),
        "vendor-filtered",
    ),
    ("ICMP from a router", Plan(routers=1, faults=(fault("r1", "there", "syn", ICMP[0]),)), "vendor-rejected"),
    ("ICMP from the server", Plan(faults=(fault("server", "there", "all", ICMP[0]),)), "vendor-rejected"),
    ("ICMP from the client itself", Plan(faults=(fault("client", "there", "syn", ICMP[0]),)), "vendor-denied"),
    ("its routing policy", Plan(faults=(fault("client", "there", "syn", "no-route"),)), "vendor-unreachable"),
    ("a SYN-ACK is reset", Plan(faults=(fault("client", "back", "synack", "rst"),)), "vendor-filtered"),
    ("a SYN-ACK is rejected", Plan(faults=(fault("server", "back", "synack", ICMP[4]),)), "vendor-filtered"),
    ("payload is eaten", Plan(faults=(fault("server", "there", "payload", "drop"),)), "vendor-payload-lost"),
    ("payload is rejected", Plan(faults=(fault("client", "there", "payload", ICMP[1]),)), "vendor-payload-lost"),
    ("payload is reset", Plan(faults=(fault("server", "there", "payload", "rst"),)), "vendor-closes"),
    ("the answer is eaten", Plan(faults=(fault("server", "back", "answer", "drop"),)), "vendor-silent"),
    ("the answer is reset", Plan(faults=(fault("client", "back", "answer", "rst"),)), "vendor-silent"),
    (
        "the answer is eaten, but there is none",
        Plan(
            vendor=Daemon(port=27001, behaviour="closes-after-hello"),
            faults=(fault("client", "back", "answer", "drop"),),
        ),
        "vendor-closes",
    ),
    (
        "a banner comes though payload is eaten",
        Plan(vendor=Daemon(port=27001, behaviour="ssh"), faults=(fault("server", "there", "payload", "drop"),)),
        "vendor-foreign",
    ),
    (
        "two faults, lmgrd's decides",
        Plan(faults=(fault("client", "there", "syn", "drop"), fault("server", "there", "syn", "rst", port=27000))),
        "lmgrd-refused",
    ),
    (
        "one IP version is enough",
        Plan(families=(4, 6), target=BOTH, faults=(fault("server", "there", "syn", "drop", family=6),)),
        "healthy",
    ),
    (
        "the referral leads to the version that is closed, the fallback does not",
        Plan(
            families=(4, 6),
            target=BOTH,
            referral=Name(text="v4.test", answer=("server4",)),
            faults=(fault("server", "there", "syn", "drop", family=4),),
        ),
        "vendor-filtered (critical)",
    ),
    (
        "the referral leads to lmgrd's other address, and both are closed",
        Plan(
            families=(4, 6),
            target=BOTH,
            referral=Name(text="v4.test", answer=("server4",)),
            faults=(fault("server", "there", "syn", "drop"),),
        ),
        "vendor-filtered",
    ),
    (
        "the vendor daemon's port is not translated",
        Plan(routers=1, nat=NAT, target=Name(answer=("public4",))),
        "vendor-refused",
    ),
    (
        "the server's own address, seen through a NAT that guards it",
        Plan(
            routers=1,
            nat=msgspec.structs.replace(NAT, inside="drop", ports=((27000, 27000), (27001, 27001))),
            target=Name(answer=("public4",)),
            referral=Name(text="inner.test", answer=("server4",)),
        ),
        "referral-elsewhere (warning)",
    ),
    (
        "a fault behind a translation, on the port inside",
        Plan(
            routers=2,
            nat=Nat(router=1, ports=((27000, 27000), (27001, 2080))),
            target=Name(answer=("public4",)),
            vendor=Daemon(port=2080),
            referral_port=27001,
            faults=(fault("r2", "there", "syn", "drop", port=2080),),
        ),
        "vendor-filtered",
    ),
    ("an inner name", Plan(referral=INNER), "referral-unresolvable (warning)"),
    (
        "an inner name and a closed port",
        Plan(referral=INNER, vendor=Daemon(port=27001, behaviour="closed")),
        "referral-unresolvable (critical)",
    ),
    ("back at lmgrd", Plan(referral_port=27000), "referral-invalid (critical)"),
    ("the host after the @ is missing", Plan(referral=Name(text="")), "referral-invalid (warning)"),
    ("no host, and back at lmgrd", Plan(referral=Name(text=""), referral_port=27000), "referral-invalid (critical)"),
    ("the vendor daemon's own port in the license path", Plan(target_port=27001), "healthy (warning)"),
    ("the vendor daemon comes first", Plan(target_port=None, lmgrd=Daemon(port=27005)), "range-shadowed"),
    (
        "in the range, one port is filtered among closed ones",
        Plan(target_port=None, faults=(fault("server", "there", "syn", "drop", port=27000),), vendor=Daemon(port=1700)),
        "lmgrd-filtered",
    ),
    ("a short pause", Plan(pause=Pause(place="server", port=27001, seconds=0.9)), "healthy"),
    (
        "a pause longer than a client waits",
        Plan(pause=Pause(place="server", port=27001, seconds=15)),
        "vendor-filtered",
    ),
    ("few SYNs a minute", Plan(limit=SynLimit(place="server", per_minute=30)), "healthy"),
    ("nobody knows the vendor daemon", Plan(vendor_named=False, dlist="refused"), "inconclusive"),
    ("nobody on the link has it", Plan(target=Name(answer=("gone4",))), "lmgrd-unreachable"),
    ("nobody behind the router has it", Plan(routers=1, target=Name(answer=("gone4",))), "lmgrd-rejected"),
    ("a name for a version that the client lacks", Plan(families=(6,), target=Name()), "name-unresolvable"),
]


@pytest.mark.parametrize(("plan", "verdict"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_a_network_must_lead_to(plan: Plan, verdict: str) -> None:
    wanted = expected(plan)
    assert verdict in (wanted.id, words(wanted.id, wanted.severity))


def test_what_nobody_can_know_is_not_planned() -> None:
    race = Plan(vendor=Daemon(port=27001, behaviour="ssh"), faults=(fault("server", "there", "payload", "rst"),))
    with pytest.raises(Unknowable):
        expected(race)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(lossy=0, loss=0.2, pause=Pause(place="server", port=27001, seconds=2.5, scope="path")),
        Plan(target_port=None, limit=SynLimit(place="server", per_minute=1200, burst=5)),
        Plan(families=(4, 6), target=BOTH, limit=SynLimit(place="server", per_minute=30)),
    ],
)
def test_a_race_of_syns_is_not_planned(plan: Plan) -> None:
    with pytest.raises(Unknowable):
        expected(plan)


def test_a_thousand_have_everything_that_fools_a_hasty_probe() -> None:
    pauses = {(plan.pause.scope, plan.pause.lasts) for plan in PLANS if plan.pause is not None}
    assert pauses == {("port", False), ("port", True), ("path", False)}
    assert {plan.limit.slow for plan in PLANS if plan.limit is not None} == {True, False}
    assert any(0.08 < 2 * sum(plan.delays) < 0.12 for plan in PLANS)


def test_a_seed_is_always_the_same_plan_and_no_other_seed_is() -> None:
    assert [generate(plan.seed) for plan in PLANS[:50]] == PLANS[:50]
    assert len({msgspec.json.encode(msgspec.structs.replace(plan, seed=0)) for plan in PLANS}) > 990


def test_what_is_printed_is_the_plan() -> None:
    for plan in PLANS[:50]:
        assert msgspec.json.decode(show(plan), type=Plan) == plan


def test_a_thousand_lead_to_every_verdict_and_a_hundred_too() -> None:
    assert {verdict for verdict, _ in VERDICTS} == set(SPECS), "VERDICTS in tests/networks/coverage.py"
    missing = set(VERDICTS).symmetric_difference(count_verdicts(PLANS))
    assert not missing, f"tests/networks/generate.py makes no such network, or coverage.py does not know it: {missing}"
    chosen = spread(100)
    assert set(count_verdicts(chosen)) == set(VERDICTS)
    assert len({plan.seed for plan in chosen}) == 100


def test_at_most_one_in_a_hundred_has_no_answer() -> None:
    assert count_verdicts(PLANS)["inconclusive", "critical"] <= len(PLANS) // 100


@pytest.mark.parametrize("place", PLACES)
def test_every_kind_of_fault_decides_at_every_place_in_both_directions(place: str) -> None:
    causes = count_causes(PLANS)
    for direction in ("there", "back"):
        for kinds in (("drop",), ("rst",), ICMP):
            assert any(cause.startswith(f"{place} {direction} ") and cause.endswith(kinds) for cause in causes), (
                direction,
                kinds,
            )


def test_every_kind_of_fault_is_met_at_every_stage_of_both_conversations() -> None:
    met = {(fault.port == plan.lmgrd.port, fault.stage, fault.kind) for plan in PLANS for fault in plan.faults}
    for lmgrd in (True, False):
        for stage in (*THERE, *BACK):
            for kinds in ({"drop"}, {"rst"}, set(ICMP)):
                assert any((lmgrd, stage, kind) in met for kind in kinds), (lmgrd, stage, kinds)
    assert {kind for _, _, kind in met} == {"drop", "rst", "prohibit", "no-route", *ICMP}
