"""Small programs as PyTorch's users write them: in PyTorch they run with only the import lines changed.

Each runs alone, in a few seconds: ``python -m examples.beyond.tiny_gpt``. The tests run each in PyTorch too, on the
same random draws, and compare every loss.
"""
