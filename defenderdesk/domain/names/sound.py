"""A word as it sounds, roughly: the same name in another script or another spelling meets here.

What meets is only likely to be one name (Ahmad and Hamad meet too), so it is asked and never
decided. Letters become Latin by `anyascii`; of the consonants a class each, vowels aside.
"""

from __future__ import annotations

import re
from functools import lru_cache

_DIGRAPHS = (
    (re.compile("shch|tsch|tch|sch|sz|cz|sh|ch|zh|ts|dz|dj|dsch|th(?=s)"), "s"),
    (re.compile("kh"), "h"),
    (re.compile("gh|ck|qu"), "k"),
    (re.compile("ph"), "f"),
    (re.compile("dh|th"), "t"),
    (re.compile("ou|oo"), "u"),
    (re.compile("c(?=[eiy])"), "s"),
)
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("bp", "b"),
        **dict.fromkeys("fv", "f"),
        **dict.fromkeys("kgqc", "k"),
        **dict.fromkeys("szj", "s"),
        **dict.fromkeys("dt", "t"),
        "x": "ks",
    }
)
_TWICE = re.compile(r"(.)\1+")
_STRANGE = re.compile("[^a-z]")


@lru_cache(maxsize=16384)
def latin(word: str) -> str:
    """A word in plain small Latin letters."""
    from anyascii import anyascii

    return _STRANGE.sub("", anyascii(word).lower())


@lru_cache(maxsize=16384)
def spoken(word: str) -> str:
    """A word with one letter for each sound: consonant classes, y as i, w as u."""
    plain = latin(word)
    for pattern, sound in _DIGRAPHS:
        plain = pattern.sub(sound, plain)
    plain = plain.translate(_CLASSES).translate(str.maketrans("yeow", "iiuu"))
    return _TWICE.sub(r"\1", plain)


@lru_cache(maxsize=16384)
def consonants(word: str) -> str:
    """The consonants of a word by their classes; a last h, which many spellings drop, is none."""
    sounds = spoken(word).rstrip("aiu")
    if len(sounds) > 2:
        sounds = sounds.removesuffix("h")
    return _TWICE.sub(r"\1", re.sub("[aiu]", "", sounds))


def _within(short: str, long: str) -> bool:
    """Tells whether the letters of one stand in the other in that order."""
    rest = iter(long)
    return all(letter in rest for letter in short)


def _begins_open(word: str) -> bool:
    """Tells whether a word begins with a vowel, or with a letter that stands for one."""
    if word[0] in "اعويאעוי":
        return True
    return spoken(word)[:1] in ("a", "i", "u")


def alike(one: str, other: str) -> bool:
    """Tells whether two words, of any scripts, may be the same name."""
    mine, its = consonants(one), consonants(other)
    if mine != its or not mine or _begins_open(one) != _begins_open(other):
        return False
    if len(mine) >= 3:
        return True
    first, second = sorted((spoken(one).rstrip("aiu"), spoken(other).rstrip("aiu")), key=len)
    return len(second) - len(first) <= 2 and _within(first, second)
