"""Written forms of a word of a name: with the particles and endings that languages join to it.

Each script has the endings of the languages that are written in it, taken from their grammars and
kept short: a form that is made here counts as the name itself. What a language does beyond these
(a changed stem, a rare ending) is found as a shared beginning and asked (`matcher`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from defenderdesk.domain.names.surface import Surface, script_of

_VOWELS_LATIN = "aeiouy"
_VOWELS_CYRILLIC = "аеиоуыюяьъ"


def _split(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(Surface(piece).folded for piece in text.split()))


# -- joined before a word ---------------------------------------------------------------------------

_ARABIC_BEFORE = (
    *dict.fromkeys(a + b + c for a, b, c in product(("", "و", "ف"), ("", "ب", "ل", "ك", "س"), ("", "ال"))),
    "لل",
    "ولل",
    "فلل",
)
"""And, so; with, to, like; the article, which after "to" loses its first letter."""
_ARABIC_AFTER = ("", "ي", "را", "ها", "و", "م", "ک", "ك")
"""Persian and Kurdish: of, the object, several, and; my, your."""
_HEBREW_BEFORE = tuple(
    dict.fromkeys(
        a + b + c for a, b, c in product(("", "ו"), ("", "ש", "כש", "מש"), ("", "ה", "ב", "ל", "מ", "כ"))
    )
)
_ETHIOPIC_BEFORE = _split("ለ በ የ ከ ስለ እነ እንደ ወደ እስከ ያለ ለነ የነ ከነ በነ እነ ን")
_ETHIOPIC_AFTER = ("", *_split("ን ም ና ስ ንም ንና ምን ው ዋ ዎች ሽ"))

# -- joined behind a word ---------------------------------------------------------------------------

_AFTER = {
    "indic": _split(
        # Nepali, Marathi, Hindi
        "लाई ले को का की मा बाट सँग सित द्वारा हरू हरु हरूको हरूलाई ने ला ना चा ची चे च्या त शी हून साठी कडून में से पर "
        # Bengali, Assamese
        "কে র ের এর রা েরা দের েদের তে ে য় টি ক ৰ "
        # Gujarati, Odia, Punjabi
        "ને નો ની નું ના થી માં એ କୁ ର ଙ୍କ ଙ୍କୁ ଙ୍କର ਨੂੰ ਨੇ ਦਾ ਦੀ ਦੇ "
        # Tamil, Telugu, Kannada, Malayalam, Sinhala
        "ை ுக்கு ின் ால் ோடு ிடம் க்கு வை வுக்கு யை யின் யுக்கு வின் உம் ும் ని కి కు తో లో నుంచి ను యొక్క గారు "
        "ವನ್ನು ನನ್ನು ಗೆ ನಿಗೆ ನ ಳನ್ನು ಯನ್ನು "
        "െ ിന്റെ ന്റെ ിനെ ന് ക്ക് യുടെ യെ ഉം ും ට ගේ ව ගෙන් ත් ගෙ"
    ),
    "armenian": _split("ը ի ին ից ով ում ն ի ան ոյ ներ ների ս դ"),
    "georgian": _split("ი მა მ ს ის ით ად ო ა ისა სა აც ც სთვის ისთვის თან სთან ისთან ში ზე დან იდან ები"),
    "tibetan": (),
}
_GEORGIAN_VOWELS = "იაეოუ"

_CYRILLIC_AFTER = _split(
    "а у ю ы и е о ом ем ой ей ою ею я ям ям ях ами ами ах ам ов ев ину ин ина ине иной ова ову овой ове "
    "еви ові єві ым им ого его ому ему ий ых их ыми ими ая яя ую юю ое ее ы і ї ою ію єю ію ві "
    # Bulgarian, Macedonian, Serbian
    "ът та то те ев ово ова ови "
    # Kazakh, Kyrgyz, Tatar, Uzbek, Mongolian
    "ның нің нын нин ды ді ни ты ті га ге ка ке ға қа да де та те дан ден тан тен мен бен пен "
    "дың дің тың тің лар лер ын ийн ыг ийг аас ээс тай"
)
_GREEK_AFTER = _split("ο ου ε ον ος ης η ας α ο υ ους ων οι ες")
_LATIN_CASES = _split(
    # Polish, Czech, Slovak, Slovene, Croatian: of, to, with, in, and belonging to
    "a y e i u o ou em om iem im ym ie owi ovi ovou ova ove ovo "
    "ego emu ej ich ych ina ine inu inom in uv "
    # Lithuanian, Latvian
    "as is us es o io aus ui iui a u e ai am ei i s "
    # Romanian, Albanian
    "ei lui ului ul it in un ut es ja"
)
_LATIN_JOINED = _split(
    # German, Dutch, Swedish, English plural
    "s "
    # Turkish, Azeri, Uzbek, Turkmen
    "in un nin nun i u yi yu e a ye ya de da te ta den dan ten tan le la yle yla ning ni ga ka ki lar ler "
    # Hungarian, Finnish, Estonian
    "nak nek t at et ot val vel ban ben hoz hez rol rel ra re ert n lla lta lle ssa sta lt st ga l "
    # Albanian, Romanian, Indonesian
    "it in ut un lui ei nya"
)


@lru_cache(maxsize=4096)
def forms(word: str) -> frozenset[str]:
    """The forms of a folded word of a name that count as the word, itself among them."""
    made = {word}
    made.update(_of_script(word, script_of(word)))
    return frozenset(made)


def _of_script(word: str, script: str) -> Iterator[str]:
    if script == "arabic":
        yield from _arabic(word)
    elif script == "hebrew":
        yield from (before + word for before in _HEBREW_BEFORE)
    elif script == "ethiopic":
        yield from (before + word + after for before in ("", *_ETHIOPIC_BEFORE) for after in _ETHIOPIC_AFTER)
    elif script == "cyrillic":
        yield from _ended(word, _cyrillic_stems(word), _CYRILLIC_AFTER, 2)
    elif script == "greek":
        stems = {word, word[:-1], word[:-2] if word.endswith("σ") else word}
        yield from _ended(word, stems, _GREEK_AFTER, 3)
    elif script == "georgian":
        stem = word[:-1] if word[-1] in _GEORGIAN_VOWELS and len(word) > 3 else word
        yield from _ended(word, {word, stem}, _AFTER["georgian"], 3)
    elif script in _AFTER:
        yield from _ended(word, {word}, _AFTER[script], 3)
    elif script == "latin":
        yield from _latin(word)


def _ended(word: str, stems: set[str], endings: tuple[str, ...], least: int) -> Iterator[str]:
    if len(word) < 3:
        return
    for stem in stems:
        if len(stem) >= least:
            yield from (stem + ending for ending in endings)


def _arabic(word: str) -> Iterator[str]:
    bare = word.removeprefix("ال") if len(word) > 4 else word
    if len(bare) < 3:
        return
    for before in _ARABIC_BEFORE:
        yield from (before + bare + after for after in (_ARABIC_AFTER if len(bare) > 3 else ("", "ي")))


def _cyrillic_stems(word: str) -> set[str]:
    stems = {word}
    if word[-1] in _VOWELS_CYRILLIC and len(word) > 2:
        stems.add(word[:-1])
    if word.endswith(("ии", "ыи", "ои", "ая", "яя")) and len(word) > 4:
        stems.add(word[:-2])
    if len(word) > 3 and word[-1] not in _VOWELS_CYRILLIC and word[-2] in "еоё":
        stems.add(word[:-2] + word[-1])  # Павел, Павла
    if word == "лев":
        stems.add("льв")
    return stems


def _latin(word: str) -> Iterator[str]:
    if len(word) >= 4:
        yield from (word + ending for ending in (*_LATIN_JOINED, *_LATIN_CASES))
    if len(word) >= 5 and word[-1] in _VOWELS_LATIN:
        yield from (word[:-1] + ending for ending in _LATIN_CASES if len(ending) > 1 or ending != word[-1])
    if len(word) >= 6 and word.endswith(("as", "is", "us", "es", "ki", "ka", "sky", "ska")):
        stem = word[:-2] if not word.endswith(("sky", "ska")) else word[:-1]
        yield from (stem + ending for ending in _LATIN_CASES)
    if len(word) >= 5 and word[-1] not in _VOWELS_LATIN and word[-2] in "eo":
        yield from (
            word[:-2] + word[-1] + ending for ending in _LATIN_CASES if len(ending) > 1 or ending in "auei"
        )
