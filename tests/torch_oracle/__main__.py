"""``python -m tests.torch_oracle coverage`` or ``report``: which of PyTorch's names are here, and what agrees."""

import sys
from importlib import import_module

COMMANDS = ("coverage", "report")


def main() -> int:
    """Read the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m tests.torch_oracle {{{','.join(COMMANDS)}}} ...")
    return import_module(f"tests.torch_oracle.{sys.argv.pop(1)}").main() or 0


if __name__ == "__main__":
    sys.exit(main())
