"""How tightly the notation of a row binds, for the brackets around it in formulas: the larger, the tighter."""

LOOSEST = 0
OR, AND, NOT = 1, 2, 3
COMPARED = 4
SUM, SIGNED = 5, 6
QUOTIENT, PRODUCT, MATRICES = 7, 8, 9
POWER, TIGHTEST = 10, 11
