"""The operations held against PyTorch's: values, first and second derivatives, refusals; where it is installed."""
