"""First names and a few lines of verse: enough for small models of letters, with no file to fetch."""

NAMES = """
ada adele agnes aisha alan alba alice alma amara amelie amir ana anders anna anton ari arthur astrid aurora
ava ben bella bruno camille carla cecile chloe clara daniel daria david delia diego dora edith elena elias ella
elsa emil emma enzo erik esther eva felix fiona flora frida gabriel gemma greta hana hanna hugo ida ines ingrid
irene iris isabel ivan jana jonas julia karl katia klara lara laura lea lena leo lina lola louis lucia luna maia
marco maria marta mateo maya mia mila mira nadia nico nina noa nora olga oscar otto paula pia rita robin rosa
sara selma sofia stella tara theo tilda uma vera viktor vivian xenia yara zelda zoe
""".split()

# William Shakespeare, sonnet 18 (1609).
VERSE = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date:
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade
Nor lose possession of that fair thou owest;
Nor shall Death brag thou wander'st in his shade,
When in eternal lines to time thou growest:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee.
"""

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the dot begins and ends a name


def contexts(names, block):
    """Each letter of the names by its number, and the `block` letters before it: two lists."""
    before, after = [], []
    for name in names:
        seen = [0] * block
        for letter in name + ".":
            before.append(seen)
            after.append(LETTERS.index(letter))
            seen = [*seen[1:], after[-1]]
    return before, after
