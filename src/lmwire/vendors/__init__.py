"""The catalogue of products: which vendor daemon belongs to which, its usual ports, and where they are set.

Data, each line with its source. A fact without a check is marked as such. Imports nothing of ours.
"""

from __future__ import annotations

from lmwire.vendors.catalogue import Basis, Ports, Product, Step, Variable, find_products, product_of, products

__all__ = ["Basis", "Ports", "Product", "Step", "Variable", "find_products", "product_of", "products"]
