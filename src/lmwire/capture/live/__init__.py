"""Packets as they come: from an interface to license conversations that have ended."""
