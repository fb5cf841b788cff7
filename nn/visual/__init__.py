"""Plots, and trainings that can be looked at."""
