"""What a FlexNet client does along a license path, as a pure model: `walk_path` says what it comes to."""

from lmwire.diagnosis.clientwalk.clients import CLIENTS, LINUX, SYSTEMS, WINDOWS, Client, client
from lmwire.diagnosis.clientwalk.system_errors import words_of
from lmwire.diagnosis.clientwalk.walk import Outcome, walk, walk_path

__all__ = ["CLIENTS", "LINUX", "SYSTEMS", "WINDOWS", "Client", "Outcome", "client", "walk", "walk_path", "words_of"]
