"""`python -m lmwire`."""

from lmwire.cli import main

main()
