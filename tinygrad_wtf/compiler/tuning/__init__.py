"""What measures on this machine which way of several is the fastest."""
