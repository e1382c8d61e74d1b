"""Regions of the world, to count in: those of the statistical standard M49 of the United Nations.

A region is called by its number, which the Unicode locale data name in every language. The grouping
is for statistics, and says nothing of what a State belongs to (`domain.countries` does).
"""

from __future__ import annotations

_COUNTRIES = {
    "015": "DZ EG EH LY MA SD TN",
    "014": "BI KM DJ ER ET IO KE MG MW MU YT MZ RE RW SC SO SS TF TZ UG ZM ZW",
    "017": "AO CM CF TD CG CD GQ GA ST",
    "018": "BW SZ LS NA ZA",
    "011": "BJ BF CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG",
    "029": "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    "013": "BZ CR GT HN MX NI PA SV",
    "005": "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE",
    "021": "BM CA GL PM US",
    "143": "KG KZ TJ TM UZ",
    "030": "CN HK JP KP KR MN MO TW",
    "034": "AF BD BT IN IR LK MV NP PK",
    "035": "BN ID KH LA MM MY PH SG TH TL VN",
    "145": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    "151": "BG BY CZ HU MD PL RO RU SK UA",
    "154": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "039": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
    "155": "AT BE CH DE FR LI LU MC NL",
    "053": "AU CC CX HM NF NZ",
    "054": "FJ NC PG SB VU",
    "057": "FM GU KI MH MP NR PW UM",
    "061": "AS CK NU PF PN TK TO TV WF WS",
}
_REGION = {country: region for region, countries in _COUNTRIES.items() for country in countries.split()}


def region_of(country: str) -> str:
    """The number of the region that a country (ISO 3166) is in; empty for one that is in none."""
    return _REGION.get(country.upper(), "")
