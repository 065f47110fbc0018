"""`python -m backend` is the command `sdedit`."""

import sys

from backend.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
