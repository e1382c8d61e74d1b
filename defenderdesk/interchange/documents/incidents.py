"""The facts, as sentences: events in the order of time, single acts, and who did it."""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.domain import countries
from defenderdesk.domain.casefile import Fields, one, texts
from defenderdesk.domain.mechanisms.acts import meaning
from defenderdesk.domain.mechanisms.namable import PERPETRATOR
from defenderdesk.interchange.documents.teller import Statement, Teller, joined

_OF_ACTS = ("methods", "physical_effects", "psychological_effects", "loss", "loss_value")


class Incidents:
    """Tells the events and acts of one draft."""

    def __init__(self, teller: Teller) -> None:
        self._tell = teller

    def events(self) -> list[Fields]:
        """The events in the order of time."""
        return self._tell.in_time(self._tell.case.of("event"))

    def fitting(self) -> list[Fields]:
        """The events that the mechanism is for by their acts; all of them where none fits."""
        wanted = self._tell.mechanism.scope.acts
        fitting = [e for e in self.events() if any(wanted & meaning(code) for code in self._acts_of(e))]
        return fitting or self.events()

    def _acts_of(self, event: Fields) -> list[str]:
        own = [one(a, "act_type") for a in self._single_acts(event)]
        return list(dict.fromkeys([*texts(event, "acts"), *filter(None, own)]))

    def _single_acts(self, event: Fields) -> list[Fields]:
        id = one(event, "id")
        return [a for a in self._tell.case.of("act") if id and one(a, "event") == id]

    def told(self) -> Iterator[Statement]:
        """Every event with its acts, then the acts that belong to none, then who is named as
        responsible for none of them."""
        events = self.events()
        for event in events:
            yield from self._event(event)
            for act in self._tell.in_time(self._single_acts(event)):
                yield from self._act(act)
        known = {one(e, "id") for e in events}
        loose = [a for a in self._tell.case.of("act") if one(a, "event") not in known]
        for act in self._tell.in_time(loose):
            yield from self._act(act)
        yield from self._said_to_have(self._perpetrators(None))

    def _event(self, event: Fields) -> Iterator[Statement]:
        tell = self._tell
        head = joined((tell.when(event, "event"), one(event, "place"), self._elsewhere(event)))
        acts = tell.shown("event", "acts", self._acts_of(event))
        sentences = [
            _sentence(one(event, "description")),
            tell.t("The acts reported are: {acts}.", acts=acts) if acts else "",
        ]
        if who := joined(self.responsible(event), "; "):
            sentences.append(tell.t("Those held responsible are: {who}.", who=who))
        body = joined(sentences, " ")
        if head or body:
            sources = (one(event, "id"), *(one(p, "id") for p in self._perpetrators(event)))
            yield Statement(tell.headed(head, body), sources)

    def _elsewhere(self, event: Fields) -> str:
        country, language = one(event, "country"), self._tell.language
        if country == one(self._tell.case.case, "country"):
            return ""
        return countries.within_state(country, language) or self._tell.field(event, "event", "country")

    def _act(self, act: Fields) -> Iterator[Statement]:
        tell = self._tell
        head = joined(
            (tell.field(act, "act", "act_type"), tell.named(one(act, "victim")), tell.when(act, "act"))
        )
        head = joined((head, one(act, "place")))
        more = [tell.labelled("act", n, v) + "." for n in _OF_ACTS if (v := tell.field(act, "act", n))]
        body = joined((_sentence(one(act, "description")), *more), " ")
        # What only repeats the event's list of acts says nothing new.
        if (
            body
            or one(act, "place")
            or tell.when(act, "act")
            or not tell.case.find("event", one(act, "event"))
        ):
            yield Statement(tell.headed(head, body), (one(act, "id"),))

    def responsible(self, event: Fields) -> list[str]:
        """Those who did it, as recorded: kinds, unit and rank, and who is named."""
        tell = self._tell
        kinds = tell.field(event, "event", "perpetrators")
        details = one(event, "perpetrator_details")
        first = f"{kinds} ({details})" if kinds and details else kinds or details
        return [line for line in (first, *map(self._perpetrator, self._perpetrators(event))) if line]

    def who_did_it(self) -> Iterator[Statement]:
        """Those held responsible, each once, of the events that the mechanism is for."""
        told: set[str] = set()
        for event in self.fitting():
            for line in self.responsible(event):
                if line not in told:
                    told.add(line)
                    yield Statement(line, (one(event, "id"),))
        yield from (s for s in self._said_to_have(self._perpetrators(None)) if s.text not in told)

    def _said_to_have(self, people: list[Fields]) -> Iterator[Statement]:
        for person in people:
            if line := self._perpetrator(person):
                yield Statement(
                    self._tell.t("Those held responsible are: {who}.", who=line), (one(person, "id"),)
                )

    def _perpetrators(self, event: Fields | None) -> list[Fields]:
        """Those recorded as having done an event, by it or one of its acts; None: any event that
        is not here."""
        everybody = [i for i in self._tell.case.of("involvement") if one(i, "part") == PERPETRATOR]
        if event is not None:
            return [p for p in everybody if self._event_of(p) == one(event, "id") != ""]
        known = {one(e, "id") for e in self.events()}
        return [p for p in everybody if self._event_of(p) not in known]

    def _event_of(self, person: Fields) -> str:
        act = self._tell.case.find("act", one(person, "act")) or {}
        return one(person, "event") or one(act, "event")

    def _perpetrator(self, person: Fields) -> str:
        tell = self._tell
        about = joined(
            (
                one(person, "role"),
                one(person, "organisation"),
                tell.field(person, "involvement", "perpetrator_types"),
                tell.field(person, "involvement", "degree"),
            )
        )
        name = tell.called(person)
        return f"{name} ({about})" if name and about else name or about


def _sentence(text: str) -> str:
    """A text that ends as a sentence does."""
    text = text.rstrip()
    return text if not text or text[-1] in ".!?…。।؟՞:;»”)" else f"{text}."
