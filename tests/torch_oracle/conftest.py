"""Without PyTorch only the tests are collected, and skip with the reason."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["[!t]*.py", "table.py"]
