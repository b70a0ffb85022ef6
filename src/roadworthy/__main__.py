"""`python -m roadworthy` is the `roadworthy` command."""

from __future__ import annotations

from roadworthy.cli.main import main

if __name__ == "__main__":
    main()
