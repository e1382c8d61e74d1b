"""Names and values as they are compared: whatever the spelling, the order, the script's variants."""

from __future__ import annotations

from defenderdesk.domain.folding import fold


def fact(value: str) -> str:
    """A value as facts compare it: folded, one space between words, cut at 200 characters."""
    return " ".join(fold(value).split())[:200]


def name_words(name: str) -> list[str]:
    """The words a name is found by: folded, and each with its bare consonants behind `~`."""
    words = "".join(c if c.isalnum() else " " for c in fold(name)).split()
    return list(dict.fromkeys([*words, *(f"~{bone}" for w in words if (bone := bones(w)))]))


_SAME_SOUND = str.maketrans({"q": "k", "c": "k", "z": "s", "v": "f", "j": "g", "x": "s"})


def bones(word: str) -> str:
    """The consonants of a word as they sound alike across spellings (Mohamed, Muhammad): for
    Latin script, three letters or more; empty otherwise."""
    if not word.isascii() or len(word) < 3:
        return ""
    word = word.replace("ph", "f").replace("ou", "u").translate(_SAME_SOUND)
    found = word[0] if word[0] not in "aeiouyhw" else "a"
    for letter in word[1:]:
        if letter not in "aeiouyhw" and letter != found[-1]:
            found += letter
    return found if len(found) > 1 else ""


def name_key(name: str) -> str:
    """A whole name as it is compared with another: its words in no order, Latin ones by their bare
    consonants. Empty where it has none."""
    words = "".join(c if c.isalnum() else " " for c in fold(name)).split()
    return " ".join(sorted(bones(word) or word for word in words))
