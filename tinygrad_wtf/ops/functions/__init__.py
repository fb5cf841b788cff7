"""Functions of rows: what PyTorch calls an operation, with its names of arguments, and checks of them."""
