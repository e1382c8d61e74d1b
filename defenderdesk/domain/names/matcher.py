"""Answers in one place whether a text names a person, where, and how sure that is.

Sure is the name itself: whole, a telling word of it, in any case and accents, with the particles
and endings of its language, joined to a handle, or a number or address of the person. Likely is a
shared beginning, another spelling or script, a word that others share or that means something
else too (`hope`): that is asked. Who may be named (`hidden` false) takes part as well, so that
their names are not taken for somebody else's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from defenderdesk.domain.names import contacts, unspaced
from defenderdesk.domain.names.forms import forms
from defenderdesk.domain.names.sound import alike, consonants
from defenderdesk.domain.names.surface import Surface, Word, folded_words, script_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EXACT, FORM, LIKELY = 3, 2, 1
LEAST = 3
"""Letters of a word that is sure by itself, in scripts with spaces."""
PARTICLES = _words(
    "de da do dos das du del della di la le les el al ul van von der den ter ten bin ben ibn bint bte "
    "abu abou um umm ould mint ag ait y e i and of mc mac st san santa ап ал аль ибн бин оглы кызы "
    "улы ال بن ابن بنت ابو ام"
)
"""Words that stand in many names; by themselves they name nobody."""
_TITLES = _words(
    "mr mrs ms miss dr prof sir madame monsieur mme maitre me sheikh shaykh cheikh sayed sayyid haji "
    "hajj hadji imam pastor father sister brother general colonel captain sr sra don dona senor "
    "senora ato weizero daw ko u maung الشيخ السيد الدكتور الحاج"
)
_ALSO_WORDS = _words(
    "january march april may june july august october mars avril mai juin juillet aout marzo abril "
    "mayo junio julio agosto maio junho julho "
    "jordan chad georgia israel kenya india paris victoria "
    "март апрель май июнь июль август علي الي لدي حتي"
)
"""Months and small words that are names too: asked where they stand alone."""
_GAP = re.compile(r"[\s\-‐‑–'’·,،ـ\u200b-\u200f]{0,3}")
_JOINS = ("-", "‐", "‑", "'", "’")


@dataclass(frozen=True)
class Person:
    """Somebody whom a text may name. `key`: whom; `names`: all of them, aliases and former ones
    too; `reached`: addresses, numbers and handles. `hidden`: not to be named. `human`: one word of
    the name counts by itself, as it does not with an organisation's. `dull`: the name may be an
    organisation's; of its words these tell nothing by themselves, the others are asked about."""

    key: str
    names: tuple[str, ...]
    reached: tuple[str, ...] = ()
    hidden: bool = True
    human: bool = True
    dull: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """A piece of a text, `start` to `end`, that names one of `whose` (keys of persons). `word`: as
    it stands there; `whole`: the whole name."""

    start: int
    end: int
    word: str
    whose: tuple[str, ...]
    sure: bool
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    person: int
    name: int
    word: int
    rank: int


@dataclass
class _Known:
    """The words of all names, by what they are looked up with."""

    sure: dict[str, set[_Entry]] = field(default_factory=lambda: defaultdict(set))
    beginnings: dict[str, list[tuple[str, _Entry]]] = field(default_factory=lambda: defaultdict(list))
    sounds: dict[str, list[tuple[str, _Entry]]] = field(default_factory=lambda: defaultdict(list))


class Matcher:
    """Finds persons in texts; made once for all texts of a case. `beginnings`: a word that shares
    its beginning with a word of a name is asked about."""

    def __init__(self, people: Iterable[Person], *, beginnings: bool = True) -> None:
        self.people = tuple(people)
        self._beginnings = beginnings
        self._known = _Known()
        self._words: dict[tuple[int, int], tuple[str, ...]] = {}
        self._alone: dict[tuple[int, int], dict[int, bool | None]] = {}
        self._seen: dict[tuple[str, bool], tuple[_Entry, ...]] = {}
        self._dull: set[str] = set()
        for at, person in enumerate(self.people):
            for number, name in enumerate(person.names):
                self._learn(at, number, name)
        self._joined = contacts.Joined(
            [(at, words) for (at, _), words in self._words.items() if self.people[at].human]
        )
        self._reached = contacts.Reached([p.reached for p in self.people])
        self._unspaced = unspaced.Names([p.names for p in self.people])

    def _learn(self, person: int, number: int, name: str) -> None:
        words = folded_words(name)
        telling = tuple(w for w in words if w not in PARTICLES and w not in _TITLES) or tuple(words)
        self._words[person, number] = telling
        dull = self.people[person].dull
        self._alone[person, number] = (
            {at: None if word in dull else False for at, word in enumerate(telling)}
            if dull
            else _alone(name, telling)
        )
        for at, word in enumerate(telling):
            for form in forms(word):
                self._known.sure[form].add(_Entry(person, number, at, EXACT if form == word else FORM))
        likely = [(at, word) for at, word in enumerate(telling) if len(word) >= LEAST]
        likely += [(len(telling) + at, word) for at, word in enumerate(unspaced.spoken_parts(name))]
        if not self.people[person].human and len(telling) > 1:
            return
        for at, word in likely:
            entry = _Entry(person, number, at, LIKELY)
            if self._beginnings:
                self._known.beginnings[word[:LEAST]].append((word, entry))
            self._known.sounds[consonants(word)].append((word, entry))

    def telling(self, key: str) -> int:
        """The number of words of a person's shortest name that tell who it is."""
        return min(
            (len(w) for (p, _), w in self._words.items() if self.people[p].key == key and w), default=1
        )

    # -- one word ------------------------------------------------------------------------------

    def _entries(self, word: Word) -> tuple[_Entry, ...]:
        """The words of names that a word of a text may be."""
        asked = word.folded, word.capital
        if asked not in self._seen:
            self._seen[asked] = tuple(self._looked_up(*asked))
        return self._seen[asked]

    def _looked_up(self, folded: str, capital: bool) -> Iterator[_Entry]:
        sure = self._known.sure.get(folded, ())
        yield from sure
        if not capital or len(folded) < LEAST:
            return
        known = {(entry.person, entry.name, entry.word) for entry in sure}
        likely = [e for word, e in self._known.beginnings.get(folded[:LEAST], ()) if _begins(word, folded)]
        likely += [e for word, e in self._known.sounds.get(consonants(folded), ()) if _sounds(word, folded)]
        yield from (e for e in dict.fromkeys(likely) if (e.person, e.name, e.word) not in known)

    # -- a text --------------------------------------------------------------------------------

    def find(self, text: str) -> list[Found]:
        """The pieces of a text that name a hidden person, in their order, none within another."""
        surface = Surface(text)
        found = [*self._from_words(surface), *self._from_unspaced(surface), *self._from_contacts(text)]
        kept: list[Found] = []
        for piece in sorted(found, key=lambda f: (not f.sure, f.start - f.end)):
            if all(piece.end <= other.start or piece.start >= other.end for other in kept):
                kept.append(piece)
        return sorted(kept, key=lambda f: f.start)

    def _interesting(self, surface: Surface) -> bool:
        """Tells whether any word of a text is worth a closer look; most texts name nobody."""
        new = surface.plain() - self._dull
        for folded in new:
            if not (self._entries(Word(folded, 0, 0, True)) or self._joined.people(folded)):
                self._dull.add(folded)
        return not new <= self._dull or surface.humps() or any(j in surface.text for j in _JOINS)

    def _from_words(self, surface: Surface) -> Iterator[Found]:
        if not self._interesting(surface):
            return
        words = surface.words()
        plain = [w for w in words if not w.inner]
        entries = [self._entries(w) for w in plain]
        at = 0
        while at < len(plain):
            last, piece = self._run(surface.text, plain, entries, at)
            if piece is not None:
                yield piece
            at = last + 1
        for word in words:
            if word.inner:
                inner = [e for e in self._entries(word) if e.rank >= FORM and len(word.folded) > LEAST]
                if inner and (piece := self._judged(surface.text, [word], {0: inner}, word.start)):
                    yield piece
        yield from self._from_joined(surface.text, plain)

    def _from_joined(self, text: str, plain: Sequence[Word]) -> Iterator[Found]:
        """Words joined to a handle, and those that a hyphen parts in other spellings (Min-soo)."""
        for word in plain:
            people = self._joined.people(word.folded)
            if people and (piece := self._piece(text, word.start, word.end, people, True, True)):
                yield piece
        for first, second in pairwise(plain):
            if text[first.end : second.start] in _JOINS:
                joined = Word(first.folded + second.folded, first.start, second.end, first.capital)
                likely = {e.person for e in self._entries(joined)}
                if likely and (piece := self._piece(text, joined.start, joined.end, likely, False)):
                    yield piece

    def _run(
        self, text: str, words: Sequence[Word], entries: Sequence[tuple[_Entry, ...]], at: int
    ) -> tuple[int, Found | None]:
        """The longest name that begins at a word, and where it ends."""
        best: dict[int, tuple[int, dict[int, list[_Entry]]]] = {}
        score: dict[int, tuple[int, int]] = {}
        for person, name in dict.fromkeys((e.person, e.name) for e in entries[at]):
            last, used = self._followed(text, words, entries, at, person, name)
            worth = len(used), sum(max(e.rank for e in es) for es in used.values())
            if worth > score.get(person, (0, 0)):
                best[person], score[person] = (last, used), worth
        if not best:
            return at, None
        most = max(score.values())
        leading = [p for p in best if score[p] == most]
        last = max(best[p][0] for p in leading)
        used = {
            place - at: [e for p in leading for e in best[p][1].get(place, ())]
            for place in sorted({place for p in leading for place in best[p][1]})
        }
        start = _with_initial(text, words, at, [self._words.get((p, 0), ()) for p in leading])
        return last, self._judged(text, words[at : last + 1], used, start)

    def _followed(
        self,
        text: str,
        words: Sequence[Word],
        entries: Sequence[tuple[_Entry, ...]],
        at: int,
        person: int,
        name: int,
    ) -> tuple[int, dict[int, list[_Entry]]]:
        """The words from `at` on that belong to one name of a person, each word of it once."""
        used: dict[int, list[_Entry]] = {}
        covered: set[int] = set()
        last, place = at, at
        while place < len(words):
            if place > at and not _joins(text, words[place - 1], words[place]):
                break
            mine = [
                e for e in entries[place] if (e.person, e.name) == (person, name) and e.word not in covered
            ]
            if mine:
                chosen = max(mine, key=lambda e: e.rank)
                covered.add(chosen.word)
                used[place], last = [chosen], place
            elif words[place].folded not in PARTICLES and len(words[place].folded) > 1:
                break
            place += 1
        return last, used

    def _judged(
        self, text: str, words: Sequence[Word], used: dict[int, list[_Entry]], start: int
    ) -> Found | None:
        """A run of words as a find; None where it names nobody who is hidden."""
        people = {e.person for es in used.values() for e in es}
        ranks = [max(e.rank for e in used[place]) for place in sorted(used)]
        total = min(len(self._words[e.person, e.name]) for e in used[min(used)])
        whole = len(used) >= total
        sure = (len(used) > 1 and min(ranks) >= FORM) or any(
            _tells(words[place], rank) for place, rank in zip(sorted(used), ranks, strict=True)
        )
        if len(used) == 1 and not whole:
            entries = [e for e in used[min(used)] if self.people[e.person].human]
            alone = {e.person: self._alone[e.person, e.name].get(e.word, True) for e in entries}
            people = {
                p
                for p, counts in alone.items()
                if counts is not None and (words[min(used)].capital or not self.people[p].dull)
            }
            sure = sure and any(alone.values())
        if len(used) == 1:
            first = words[min(used)]
            short = len(first.folded) < LEAST
            if short and not (first.capital and ranks[0] == EXACT and len(first.folded) > 1):
                return None
        return self._piece(text, start, words[max(used)].end, people, sure, whole)

    def _piece(
        self, text: str, start: int, end: int, people: set[int], sure: bool, whole: bool = False
    ) -> Found | None:
        hidden = tuple(self.people[p].key for p in sorted(people) if self.people[p].hidden)
        if not hidden:
            return None
        alone = all(self.people[p].hidden for p in people)
        return Found(start, end, text[start:end], hidden, sure and alone, whole)

    def _from_unspaced(self, surface: Surface) -> Iterator[Found]:
        for start, end, people, sure, whole in self._unspaced.find(surface):
            if piece := self._piece(surface.text, start, end, people, sure, whole):
                yield piece

    def _from_contacts(self, text: str) -> Iterator[Found]:
        for start, end, people in self._reached.find(text):
            if piece := self._piece(text, start, end, people, True, True):
                yield piece
        for start, end, people, sure in self._joined.in_handles(text):
            if piece := self._piece(text, start, end, people, sure):
                yield piece


def hidden_in(text: str, found: Sequence[Found], instead: Callable[[Found], str]) -> str:
    """A text with other words in place of what was found."""
    pieces: list[str] = []
    at = 0
    for piece in found:
        pieces += [text[at : piece.start], instead(piece)]
        at = piece.end
    return "".join([*pieces, text[at:]])


def _joins(text: str, first: Word, second: Word) -> bool:
    """Tells whether two words of a text may belong to one name; a full stop stands between them
    only after an initial."""
    between = text[first.end : second.start]
    return bool(_GAP.fullmatch(between.replace(".", "", len(first.folded) == 1)))


def _alone(name: str, telling: Sequence[str]) -> dict[int, bool | None]:
    """The words of a description (Four students of the academy, Guard Yacine of block 4) that tell
    less than a name: a small one nothing by itself (None), the first, which may be any word, only
    likely (False). Nothing for what is a name alone."""
    words = [w for w in Surface(name).words() if not w.inner and w.folded in telling]
    if not any(w.capital for w in words) or not any(not w.capital and len(w.folded) > LEAST for w in words):
        return {}
    found: dict[int, bool | None] = {telling.index(w.folded): None for w in words if not w.capital}
    if words[0].capital:
        found[0] = False
    return found


def _tells(word: Word, rank: int) -> bool:
    """Tells whether a word of a text is sure to name somebody, standing alone."""
    telling = len(word.folded) >= LEAST and word.folded not in _ALSO_WORDS
    return rank >= FORM and word.capital and telling


def _begins(word: str, seen: str) -> bool:
    """Tells whether a word of a text shares so much of its beginning with a word of a name that
    an ending may have changed."""
    shared = 0
    for mine, its in zip(word, seen, strict=False):
        if mine != its:
            break
        shared += 1
    needed = len(word) if len(word) < 5 else len(word) - (2 if len(word) > 7 else 1)
    return shared >= needed and len(seen) - shared <= 5


def _sounds(word: str, seen: str) -> bool:
    """Tells whether two words may be one name in two spellings or scripts. Within Arabic or
    another script than Latin a name has one spelling."""
    script = script_of(seen)
    return (script == "latin" or script_of(word) != script) and word != seen and alike(word, seen)


def _with_initial(text: str, words: Sequence[Word], at: int, names: Sequence[tuple[str, ...]]) -> int:
    """The start of a run, with an initial before it (E. Sokolova)."""
    start = words[at].start
    if at and len(words[at - 1].folded) == 1 and words[at - 1].capital:
        gap = text[words[at - 1].end : start]
        initials = {word[0] for name in names for word in name}
        if gap.startswith(".") and not gap.strip(". ") and words[at - 1].folded in initials:
            return words[at - 1].start
    return start
