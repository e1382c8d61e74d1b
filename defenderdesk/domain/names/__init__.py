"""Names of people in texts: who is named, where, and how sure that is (`matcher`)."""

from defenderdesk.domain.names.matcher import Found, Matcher, Person, hidden_in

__all__ = ["Found", "Matcher", "Person", "hidden_in"]
