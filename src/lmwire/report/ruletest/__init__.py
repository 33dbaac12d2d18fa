"""Render the result of a rule set test, for people and for programs. Renderers never judge."""
