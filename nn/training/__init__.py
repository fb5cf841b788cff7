"""`fit`, `evaluate` and what they share."""
