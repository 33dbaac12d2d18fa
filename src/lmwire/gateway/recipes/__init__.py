"""How to reach a license server through another program, where lmwire cannot run.

`gather` finds the facts; the rest is pure: facts in, a `Recipe` out.
"""

from lmwire.gateway.recipes.model import HostsEntry, Kind, Machine, Recipe, RecipeCommand, RecipeFile
from lmwire.gateway.recipes.write import write_recipe

__all__ = ["HostsEntry", "Kind", "Machine", "Recipe", "RecipeCommand", "RecipeFile", "write_recipe"]
