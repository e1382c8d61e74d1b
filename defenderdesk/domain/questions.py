"""Questions to ask, by kind of violation: what the mechanisms will want to know, asked while one
still can. Message ids; an office adds its own as records of kind `template`.

They rest on the Events Standard Formats' forms (arrest and detention, killing, torture,
destruction) and on the contents that the mechanisms ask for; the words are ours. No question asks
a survivor for details of sexual violence: where it happened, refer and stop.
"""

from __future__ import annotations

from collections.abc import Iterable

from defenderdesk.domain.casefile import Fields, one
from defenderdesk.domain.vocabulary import Vocabulary

ALWAYS = (
    "Does the person agree that we write this down, and to what use?",
    "Who saw it, and may we speak to them?",
    "Is anyone in danger now? What must not be done?",
)

QUESTIONS: dict[str, tuple[str, ...]] = {
    "liberty": (
        "Who took the person, in what uniform or car, and did they say who they were?",
        "Was a warrant shown? Which reason and which law were given?",
        "Where is the person held, since when, and who knows it officially?",
        "Has a lawyer, the family or a doctor seen the person?",
        "When must a judge hear them, and is a hearing set?",
        "Health, medicine, signs of ill-treatment?",
    ),
    "life": (
        "When, where and how did the person die, and who found them?",
        "Which threats or attacks came before?",
        "Is there an autopsy, a death certificate, an investigation?",
        "Who is responsible, and how is that known?",
        "Is the family safe, and what do they want?",
    ),
    "disappearance_abduction": (
        "When and where was the person last seen, by whom, with whom?",
        "Full name, other names, date of birth, what they wore, how to recognise them?",
        "Who is thought to hold them, and why?",
        "What did the family do: police, court, hospitals? What was the answer?",
        "Do the relatives agree that we ask for them?",
    ),
    "physical_integrity": (
        "Who did it, where, and for how long?",
        "With what, and what was wanted: a confession, names, silence?",
        "Which injuries are there, seen by which doctor, with photographs?",
        "Was a statement signed, and under which conditions?",
        "Does the person need care now?",
    ),
    "threats_harassment": (
        "The exact words, the channel, the number or account, the time?",
        "Are they more frequent or more precise than before?",
        "Who else received one: family, colleagues?",
        "What did the person do since, and does anyone protect them?",
        "Keep the message itself: add it as an attachment.",
    ),
    "judicial": (
        "Which court, file number, law and article?",
        "Who accuses, and what does the file say was done?",
        "Which stage is it at, and when is the next hearing?",
        "Is there a lawyer, and who pays them?",
        "Can the hearing be observed?",
    ),
    "property": (
        "What was taken or destroyed, and what did it hold?",
        "Was a warrant shown, and a list of what was taken?",
        "Which sources are in danger through it?",
        "Were devices encrypted, and are passwords changed?",
    ),
}
"""By the group of acts (a code of the list `act`)."""


def questions(acts: Iterable[str], book: Vocabulary, templates: Iterable[Fields] = ()) -> list[str]:
    """The questions for these acts: the shipped ones of their groups (message ids), those of the
    office's templates as they are, and those that always stand. Nothing for no act."""
    wanted: dict[str, None] = {}
    codes = {code for act in acts for code in (act, *(t.code for t in book.ancestors("act", act)))}
    if not codes:
        return []
    for group, texts in QUESTIONS.items():
        if group in codes:
            wanted.update(dict.fromkeys(texts))
    for template in templates:
        if one(template, "act") in codes:
            lines = one(template, "questions").splitlines()
            wanted.update(dict.fromkeys(line.strip() for line in lines if line.strip()))
    wanted.update(dict.fromkeys(ALWAYS))
    return list(wanted)


def messages() -> list[str]:
    """The texts for the translators."""
    return [*(q for texts in QUESTIONS.values() for q in texts), *ALWAYS]
