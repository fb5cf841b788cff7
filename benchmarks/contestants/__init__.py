"""One file for each contestant: the ordinary way to train in that library. Each runs alone, in its own environment."""
