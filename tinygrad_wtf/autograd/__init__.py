"""Gradients asked for: `backward`, `grad`, derivatives of functions, and their checks."""
