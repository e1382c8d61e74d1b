"""The HURIDOCS micro-thesauri as a pack: 48 lists that human-rights documentation has used since
the Events Standard Formats (2001), with the lists that OpenEvsys added.

They are not part of this program; an office that has the table loads it. The table is CSV with
the columns `list_number`, `vocab_number`, `parent_vocab_number`, `term_order` and `label_en`, and
more `label_…`. A term keeps its `vocab_number`, 14 digits that end with the number of the list,
as its code: that is what other databases on these formats store.

Geographical terms and languages are matched by their English names with the codes that this
program stores, which are those of CLDR (ISO 3166, BCP 47), so that `Vocabulary.same` turns one
into the other. States that are no more, regions, and families of languages match nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from defenderdesk.domain.vocabulary import Pack, Term
from defenderdesk.domain.vocabulary.pack import (
    MAX_CHARACTERS,
    MAX_TERMS,
    MAX_VERSION,
    clean,
)
from defenderdesk.domain.vocabulary.search import fold
from defenderdesk.domain.vocabulary.term import CODE, LANGUAGE, MAX_LABEL
from defenderdesk.errors import DamagedError, LimitError, Message

NAME = "huridocs"

LISTS = {
    "1": "index_term",
    "2": "violation",
    "3": "right",
    "4": "act",
    "5": "method",
    "6": "instrument",
    "7": "counting_unit",
    "8": "civil_status",
    "9": "education",
    "10": "occupation",
    "11": "physical_descriptor",
    "12": "religion",
    "13": "ethnic_group",
    "14": "language",
    "15": "country",
    "16": "source_material",
    "17": "location_type",
    "18": "degree_of_involvement",
    "19": "source_connection",
    "20": "intervention_type",
    "21": "relationship",
    "22": "chain_type",
    "23": "characteristic",
    "24": "perpetrator",
    "25": "victim_status",
    "26": "perpetrator_status",
    "27": "response",
    "28": "attribution",
    "29": "detention_type",
    "30": "whereabouts",
    "31": "legal_counsel",
    "32": "court_type",
    "33": "court_language",
    "34": "autopsy",
    "35": "death_certificate",
    "36": "statement_signed",
    "37": "medical_attention",
    "38": "intent",
    "39": "gender",
    "40": "address_type",
    "41": "violation_status",
    "42": "reliability",
    "43": "monitoring",
    "44": "impact",
    "45": "intervention_status",
    "46": "priority",
    "47": "compensation",
    "48": "date_type",
    "67": "sexual_orientation",
    "68": "other_thesaurus",
}
"""Number of a micro-thesaurus -> our list. Others become `huridocs_<number>`."""

_NEEDED = frozenset({"list_number", "vocab_number", "parent_vocab_number", "label_en"})

# In the table that is in use the Arabic labels of the rights (list 3) stand a number of rows away
# from their terms ("life" reads "choice of education"). A wrong label is worse than none.
_WRONG_LABELS = frozenset({("3", "ar")})


def recognises(text: str) -> bool:
    """Tells whether `text` is such a table, by its first line."""
    first = text[:10_000].removeprefix("\ufeff").partition("\n")[0]
    return set(first.lower().replace('"', "").strip().split(",")) >= _NEEDED


def read(text: str, version: int = 1) -> Pack:
    """The pack of a table. Terms that the table marks as not visible are read too: records may
    hold them.

    Raises `DamagedError` for what is not such a table (with the line, where there is one) and
    `LimitError` for one that is too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise LimitError(what="a vocabulary that is too large")
    if not recognises(text) or not 0 < version <= MAX_VERSION:
        raise _not_one()
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    languages = tuple(
        name.removeprefix("label_")
        for name in reader.fieldnames
        if name.startswith("label_") and LANGUAGE.match(name.removeprefix("label_"))
    )
    terms: dict[tuple[str, str], Term] = {}
    try:
        for row in reader:
            term = _term(row, languages)
            if term is None or (term.list_name, term.code) in terms:
                why = Message("the list or the code is not one")
                raise DamagedError(
                    what=Message("line {line} of {file}: {why}", line=reader.line_num, file=NAME, why=why)
                )
            if len(terms) == MAX_TERMS:
                raise LimitError(what="a vocabulary that is too large")
            terms[term.list_name, term.code] = term
    except csv.Error as exc:
        raise _not_one() from exc
    lists = tuple(dict.fromkeys(term.list_name for term in terms.values()))
    title = {"en": "HURIDOCS micro-thesauri"}
    return Pack(NAME, version, title, languages, lists, tuple(terms.values()))


def _not_one() -> DamagedError:
    return DamagedError(what="it is not a table of the HURIDOCS micro-thesauri")


def _term(row: dict[str, str], languages: tuple[str, ...]) -> Term | None:
    """The term of one row; None for one that cannot be one."""
    number, code = (row["list_number"] or "").strip(), (row["vocab_number"] or "").strip()
    parent, order = (row["parent_vocab_number"] or "").strip(), row.get("term_order") or "0"
    if not re.fullmatch(r"[0-9]{1,6}", number, re.ASCII) or not CODE.match(code):
        return None
    labels = {}
    for language in languages:
        label = clean(row.get(f"label_{language}") or "")
        if len(label) > MAX_LABEL:
            raise LimitError(what=Message("a label of more than {n} characters", n=MAX_LABEL))
        if label and (number, language) not in _WRONG_LABELS:
            labels[language] = label
    if not labels:
        return None
    same = _CODES[number](labels.get("en", "")) if number in _CODES else ""
    return Term(
        LISTS.get(number, f"huridocs_{number}"),
        code,
        labels,
        parent if CODE.match(parent) and parent != "0" else "",
        int(order) if re.fullmatch(r"[0-9]{1,9}", order, re.ASCII) else 0,
        (same,) if same else (),
    )


# -- countries and languages ------------------------------------------------------------------

# Names of the table, folded, that CLDR writes otherwise; "micronesia" is the region there.
_TERRITORIES = {
    "brunei darussalam": "BN",
    "congo": "CG",
    "congo democratic republic of the": "CD",
    "czech republic": "CZ",
    "falkland islands malvinas": "FK",
    "holy see": "VA",
    "hong kong special administrative region of china": "HK",
    "korea democratic people s republic of": "KP",
    "korea republic of": "KR",
    "lao people s democratic republic": "LA",
    "libyan arab jamahiriya": "LY",
    "macao special administrative region of china": "MO",
    "macedonia the former yugoslav republic of": "MK",
    "myanmar": "MM",
    "palestinian territory occupied": "PS",
    "pitcairn": "PN",
    "russian federation": "RU",
    "svalbard and jan mayen islands": "SJ",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "turkey": "TR",
    "united states minor outlying islands": "UM",
    "viet nam": "VN",
    "virgin islands british": "VG",
    "virgin islands united states": "VI",
    "wallis and futuna islands": "WF",
    "antartica": "AQ",
    "micronesia": "",
    "heard island and mcdonald islands": "HM",
}
_LANGUAGES = {
    "achinese": "ace",
    "araucanian": "arn",
    "basa": "bas",
    "bengali": "bn",
    "creek": "mus",
    "egyptian ancient": "egy",
    "frisian": "fy",
    "fulah": "ff",
    "gaelic scots": "gd",
    "gallegan": "gl",
    "german low saxon low low german low saxon": "nds",
    "greek ancient to 1453": "grc",
    "greek modern 1453": "el",
    "gwich in": "gwi",
    "kirghiz": "ky",
    "letzeburgesch": "lb",
    "luo kenya and tanzania": "luo",
    "lushai": "lus",
    "marshall": "mh",
    "micmac": "mic",
    "moldavian": "ro",
    "ndebele north": "nd",
    "ndebele south": "nr",
    "nowegian bokmal": "nb",
    "nyanja chichewa": "ny",
    "occitan post 1500 provencal": "oc",
    "oriya": "or",
    "ossetian ossetic": "os",
    "panjabi": "pa",
    "pushto": "ps",
    "sesotho": "st",
    "setswana": "tn",
    "sinhalese": "si",
    "siswati": "ss",
    "slave athapascan": "den",
    "sohto northern": "nso",
    "sotho southern": "st",
    "time": "tem",
    "tonga nyasa": "tog",
    "tonga tonga islands": "to",
    "uighur": "ug",
    "walamo": "wal",
    "zande": "zne",
}


def _territory(name: str) -> str:
    """The code of the country of that name; empty for none."""
    if "until" in name:  # States that are no more
        return ""
    bare = fold(re.sub(r"\[[^\]]*\]|\(as from[^)]*\)", "", name))
    whole = re.sub(r"\b(and|the) ", "", bare).replace("saint ", "st ")
    short = fold(name.partition(",")[0])
    if bare in _TERRITORIES:
        return _TERRITORIES[bare]
    found = _cldr("territories").get(whole, "")
    return found or (_cldr("territories").get(short, "") if ", " in name else "")


def _language(name: str) -> str:
    """The code of the language of that name; empty for none."""
    return _LANGUAGES.get(fold(name)) or _cldr("languages").get(fold(name), "")


def _cldr(what: str) -> dict[str, str]:
    """Folded English name -> code, of CLDR's territories or languages."""
    if not _names:
        from babel import Locale  # only who loads the table pays for it

        english = Locale.parse("en")
        _names["territories"] = {
            fold(str(name).replace("&", "")): code
            for code, name in english.territories.items()
            if len(code) == 2 and code.isalpha()
        }
        _names["languages"] = {
            fold(str(name)): code for code, name in english.languages.items() if code.isalpha()
        }
    return _names[what]


_names: dict[str, dict[str, str]] = {}

_CODES: dict[str, Callable[[str], str]] = {"14": _language, "15": _territory}
