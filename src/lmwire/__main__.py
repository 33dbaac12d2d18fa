"""`lmwire` and `python -m lmwire`."""

from __future__ import annotations

import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and exit. Ctrl-C ends it quietly, also while it is still being loaded."""
    try:
        from lmwire.cli import main as run  # noqa: PLC0415 # takes a tenth of a second
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
