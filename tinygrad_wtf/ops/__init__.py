"""The table of operations, one room for each kind.

A *row* is an `Op`: its value and its derivative are written there and nowhere else. Every other function of these
rooms is a composition of rows. Nothing here knows what flows through it.
"""
