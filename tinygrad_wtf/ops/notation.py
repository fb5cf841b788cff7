"""What formulas and pictures ask of a row: its fields `binding`, `shape` and `traits`.

`binding` says how tightly the notation binds, for the brackets around it: the larger, the tighter; by default as its
outermost sign does. `shape` gives the result's shape from the arguments' shapes and the settings, where computing an
example would be work. The words of `traits` are "commutative" (arguments may change places), "entrywise" (though there
are no partials), "rearranging" (the same numbers in another shape or dtype), "reduction" (it takes `dim` and
`keepdim`), "unwritten" (a formula shows the first argument alone), "layer" (a layer's linear step), "no_activation" (of
one argument and its shape, yet never a layer's activation), "probability" (between 0 and 1, and neither), "vectors"
(each vector along the axes `dim` by itself).
"""

LOOSEST = 0
OR, AND, NOT = 1, 2, 3
COMPARED = 4
SUM, SIGNED = 5, 6
QUOTIENT, PRODUCT, MATRICES = 7, 8, 9
POWER, TIGHTEST = 10, 11
