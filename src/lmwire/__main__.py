"""`python -m lmwire` is `lmwire`."""

from lmwire.cli import main

if __name__ == "__main__":
    main()
