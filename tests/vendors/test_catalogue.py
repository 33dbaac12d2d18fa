"""The catalogue of products: every row is whole, and every name finds what it means."""

from __future__ import annotations

import re

import pytest

from lmwire.licensepath.environment import from_environment, own_variables, variables_of
from lmwire.ports import MAX_PORT
from lmwire.vendors import Basis, Product, find_products, product_of, products
from lmwire.vendors.catalogue import MAX_FOUND
from tests.report.samples import HOSTILE


@pytest.mark.parametrize("product", products(), ids=lambda product: product.short_name)
def test_every_row_is_whole(product: Product) -> None:
    assert product.name
    assert product.vendor
    assert all(product.sources)
    assert product.basis in {Basis.VENDOR, Basis.REPORT}
    for ports in (*product.lmgrd_ports, *product.vendor_ports):
        assert 1 <= ports.first <= ports.last <= MAX_PORT
    assert all(1 <= port <= MAX_PORT for port in product.seen_ports)
    assert all(re.fullmatch(r"[A-Z0-9_]+", variable.name) for variable in product.variables)
    assert all(re.fullmatch(r"[\w.+-]+", daemon) for daemon in product.daemons)
    texts = (product.name, product.vendor, product.note, product.manager, *product.sources)
    assert all(text.isprintable() and text == text.strip() and not text.endswith(".") for text in texts)


def test_no_daemon_belongs_to_two_products() -> None:
    daemons = [daemon.lower() for product in products() for daemon in product.daemons]
    assert len(daemons) == len(set(daemons))
    assert len(daemons) > 45


def test_what_is_not_flexnet_is_marked() -> None:
    others = {product.short_name: product.manager for product in products() if not product.flexnet}
    assert others == {
        "Perforce Validate, QAC": "RLM",
        "Schrödinger License Manager": "SLM",
        "MPLAB XC compilers": "RLM",
    }
    assert product_of("prqa") is None


def test_what_the_license_path_knows_of_variables_is_from_here() -> None:
    for variable, daemon in own_variables().items():
        product = product_of(daemon)
        assert product is not None
        assert variable in [known.name for known in product.variables]
    assert variables_of("split")[0].daemon == "split"
    assert from_environment({"SPLIT_LICENSE_FILE": "1@a"}).source.daemon == ""  # no daemon that anybody knows


@pytest.mark.parametrize("product", [product for product in products() if product.manager == "lmgrd"])
def test_the_license_path_knows_how_each_daemon_is_spelt(product: Product) -> None:
    for daemon in product.daemons:
        assert variables_of(daemon.upper())[0].daemon == daemon


def test_what_a_cell_rests_on_is_kept() -> None:
    ibmratl = product_of("IBMRATL")
    assert ibmratl is not None
    assert ibmratl.basis is Basis.VENDOR
    assert [(str(ports), ports.basis) for ports in ibmratl.vendor_ports] == [("27001-27009", Basis.VENDOR)]
    assert [variable.basis for variable in ibmratl.variables] == [Basis.UNVERIFIED]
    comsol = product_of("LMCOMSOL")
    assert comsol is not None
    assert [variable.basis for variable in comsol.variables] == [Basis.RULE]
    assert [str(ports) for ports in comsol.vendor_ports] == ["1719"]
    assert comsol.port_to_pin == 1719
    solidworks = product_of("SW_D")
    assert solidworks is not None
    assert solidworks.port_to_pin == 27001  # a hint is nothing to tell people to do


# what is asked for, daemons of what is found
NAMES = [
    ("ibmratl", ["ibmratl"]),
    ("IbmRatl ", ["ibmratl"]),
    ("awr", ["awrd"]),
    ("MLM_LICENSE_FILE", ["MLM"]),
    ("cds_lic_file", ["cdslmd"]),
    ("LM_LICENSE_FILE", []),
    ("matlab", ["MLM"]),
    ("MathWorks", ["MLM"]),
    ("License Key Server", ["ibmratl", "rational"]),
    ("cadence virtuoso", ["cdslmd"]),
    ("Questa", ["saltd", "mgcld"]),
    ("PRISMAprepare", [""]),
    ("license server", []),
    ("flexnet", []),
    ("no such product", []),
    ("", []),
    ("a", []),
    ("matlab " * 20, []),
]


@pytest.mark.parametrize(("text", "daemons"), NAMES)
def test_names_find_their_products(text: str, daemons: list[str]) -> None:
    found = find_products(text)
    assert [(product.daemons or ("",))[0] for product in found] == daemons


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_may_be_asked_for(text: str) -> None:
    assert len(find_products(text)) <= MAX_FOUND


def test_a_product_with_steps_of_its_own_tells_them_with_the_port() -> None:
    ibmratl = product_of("ibmratl")
    assert ibmratl is not None
    steps = [step.text for step in ibmratl.pin_steps(27003)]
    assert "Settings > Server Ports: lmgrd 27000, ibmratl 27003" in steps[0]
    assert "`port=27003`" in steps[1]
    assert steps[2] == 'Restart the Windows service "FLEXlm License Manager"'
    assert all(step.source for step in ibmratl.pin_steps(27003))


@pytest.mark.parametrize(
    ("daemon", "words"), [("MLM", "VENDOR line"), ("cameo", "lmadmin's own console"), ("hexrays", "wins over")]
)
def test_the_others_tell_what_holds_for_all(daemon: str, words: str) -> None:
    product = product_of(daemon)
    assert product is not None
    assert words in product.pin_steps(27001)[0].text
    assert not any(step.source for step in product.pin_steps(27001))


def test_another_license_manager_has_no_steps() -> None:
    (product,) = find_products("prqa")
    assert product.pin_steps(27001) == ()
