"""A draft as an e-mail that a person opens in their own program, looks at, and sends.

It says no sender and no day: the program that sends it adds its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from defenderdesk import i18n
from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.interchange.documents.paper import paper_of

_WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
TYPES = {
    ".docx": _WORD,
    ".odt": ("application", "vnd.oasis.opendocument.text"),
    ".pdf": ("application", "pdf"),
    ".txt": ("text", "plain"),
}


@dataclass(frozen=True)
class Attached:
    """A file of a message."""

    name: str
    data: bytes
    type: tuple[str, str] = ("application", "octet-stream")


def eml(draft: Draft, to: Sequence[str], attached: Sequence[Attached]) -> bytes:
    """A message with a document and its annexes, not sent yet. `to`: addresses; what is none is
    left out, for a person to fill in."""
    paper = paper_of(draft)
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Subject"] = paper.title
    if known := [address for text in to if (address := _address(text))]:
        message["To"] = known
    message["X-Unsent"] = "1"  # Outlook opens it to be edited
    message["Content-Language"] = paper.language.replace("_", "-")
    said = i18n.text_in(paper.language, "Please find the document attached.")
    message.set_content(f"{paper.title}\n\n{said}\n")
    for file in attached:
        message.add_attachment(file.data, maintype=file.type[0], subtype=file.type[1], filename=file.name)
    return message.as_bytes()


def _address(text: str) -> Address | None:
    text = text.strip()
    if text.count("@") != 1 or any(c.isspace() or c in '<>,;:"()' for c in text):
        return None
    user, domain = text.split("@")
    try:
        return Address(username=user, domain=domain)
    except ValueError:
        return None
