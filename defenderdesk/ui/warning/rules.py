"""The rules: which there are, how each counts, on and off, and the office's changes of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QListWidgetItem, QWidget

from defenderdesk.domain.kinds import RULE
from defenderdesk.domain.values import Value
from defenderdesk.domain.warning import Rule, Ruled
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import HEADING, lines
from defenderdesk.ui.parts.widgets import button, card, column, label, panel, row, scroll
from defenderdesk.ui.records.form import RecordForm
from defenderdesk.ui.warning import wording
from defenderdesk.ui.warning.detail import fill
from defenderdesk.ui.work.session import Session, deletion, new_record
from defenderdesk.vault.types import Edit, Record

_CODE = Qt.ItemDataRole.UserRole


class Rules(QWidget):
    """`failed` is told what could not be saved."""

    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._ruled = Ruled((), (), {})
        self.rule: Rule | None = None
        self.list = lines(text("Warning rules"))
        self.list.setMinimumWidth(260)
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self._name = label("", "heading", wrap=True)
        self.on = QCheckBox(text("This rule is watched"))
        self.on.clicked.connect(self._switch)
        self._how = column(gap=Space.S)
        self._shipped = column(gap=Space.S)
        self._back = button(text("Back to the rule as it comes"), self.restore, "quiet", "undo")
        self.change = button(text("Change this rule"), self._start, "", "settings")
        self._before = card(
            label(text("As it comes with the program"), "lead"),
            panel(self._shipped),
            row(self._back, None),
        )
        self._form_note = label(
            text(
                "Only what is filled in here differs from the rule as it comes. It is saved as "
                "you type and counts from the next count on."
            ),
            "muted",
            wrap=True,
        )
        inside = column(
            label(text("The office's change"), "lead"), self._form_note, gap=Space.M, margins=Space.L
        )
        self._form_card = panel(inside, "card")
        self.delete = button(text("Delete this rule"), self.restore, "quiet", "trash")
        how = card(self._name, self.on, panel(self._how), row(self.change, self.delete, None))
        right = scroll(panel(column(how, self._before, self._form_card, None, gap=Space.M)))
        add = button(text("New rule"), self.add, "", "plus")
        side = panel(column(add, self.list, gap=Space.S))
        both = row(side, right, gap=Space.L)
        both.setStretch(0, 3)
        both.setStretch(1, 5)
        self.setLayout(both)
        # Last, into what stands already: Qt dresses a widget anew each time it changes parents.
        self.form = RecordForm(session, RULE, self._form_card)
        inside.addWidget(self.form)
        self.form.failed.connect(self.failed)
        self._form_card.hide()
        self._before.hide()

    def show_rules(self, ruled: Ruled) -> None:
        """Show these; the chosen one stays chosen."""
        self._ruled = ruled
        code = self.rule.code if self.rule else ""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        own = [rule for rule in ruled.rules if rule.code.startswith("own-")]
        for heading, rules in (
            ("", [rule for rule in ruled.rules if rule not in own]),
            (text("The office's own"), own),
        ):
            if heading and rules:
                head = QListWidgetItem(heading)
                head.setData(HEADING, True)
                head.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(head)
            for rule in rules:
                self._add(rule)
        self.list.blockSignals(blocked)
        self.choose(code if ruled.rule(code) else ruled.rules[0].code if ruled.rules else "")

    def _add(self, rule: Rule) -> None:
        item = QListWidgetItem(f"{wording.rule_name(rule)}\n{wording.rule_line(rule)}")
        item.setIcon(icons.icon("bell", "muted" if rule.off else "accent"))
        item.setToolTip(item.text())
        item.setData(_CODE, rule.code)
        self.list.addItem(item)

    def choose(self, code: str) -> None:
        """Show one rule."""
        for place in range(self.list.count()):
            if self.list.item(place).data(_CODE) == code:
                blocked = self.list.blockSignals(True)
                self.list.setCurrentRow(place)
                self.list.blockSignals(blocked)
                self._show(code)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        if not self.form.leave():
            self.choose(self.rule.code if self.rule else "")
            return
        self._show(item.data(_CODE))

    def _show(self, code: str) -> None:
        rule = self._ruled.rule(code)
        if rule is None:
            return
        other = self.rule is None or self.rule.code != code
        self.rule = rule
        self._name.setText(wording.rule_name(rule))
        self.on.setChecked(not rule.off)
        fill(self._how, [wording.say(one) for one in rule.explain()])
        changed = rule.shipped is not None and bool(rule.changed - {"off"})
        self._before.setVisible(changed)
        if changed and rule.shipped:
            fill(self._shipped, [wording.say(one) for one in rule.shipped.explain()])
        if other:
            self._form_card.hide()
            self.form.show_record(Record("", RULE.name, ""))
        self.change.setVisible(self._form_card.isHidden())
        self.delete.setVisible(rule.shipped is None and bool(self._records))

    @property
    def _records(self) -> tuple[str, ...]:
        return self._ruled.records.get(self.rule.code, ()) if self.rule else ()

    def _start(self) -> None:
        """Open the form of the change, an existing one or a new one."""
        if self.rule is None:
            return
        if not self._records:
            self._show_form({"code": self.rule.code, "name": wording.rule_name(self.rule)})
            return
        vault, record = self._session.vault, self._records[-1]

        def show(found: Record) -> None:
            self.form.show_record(found)
            self._open_form()

        self._session.operations.read(self, lambda: vault.get(record), show, key=f"rule-{id(self)}")

    def _show_form(self, fields: dict[str, str]) -> None:
        self.form.start_new(dict(fields))
        self._open_form()

    def _open_form(self) -> None:
        self._form_card.show()
        self.change.hide()
        next(iter(self.form.editors.values())).setFocus()

    def add(self) -> None:
        """Begin a rule of the office's own."""
        if not self.form.leave():
            return
        self.rule = None
        self.delete.hide()
        self._name.setText(text("New rule"))
        self._before.hide()
        fill(
            self._how,
            [
                text(
                    "Give it a name and say what it counts. What is left empty is as in "
                    "most rules: by country, 30 days against the year before."
                )
            ],
        )
        self.list.setCurrentRow(-1)
        self._show_form({"measures": "acts", "by": "country"})

    def _switch(self) -> None:
        if self.rule is None:
            return
        off = not self.on.isChecked()
        if self._records:
            edits = [Edit(record, "off", off or None) for record in self._records]
        else:
            fields: dict[str, Value] = {
                "code": self.rule.code,
                "name": wording.rule_name(self.rule),
                "off": off,
            }
            edits = new_record(self._session.vault, RULE.name, fields)[1]
        self._session.save(self, edits, None, self.failed.emit)

    def restore(self) -> None:
        """Take the office's changes of the chosen rule away, or the rule where it is the office's
        own; undo brings them back."""
        self.form.flush()
        self._form_card.hide()
        edits = [edit for record in self._records for edit in deletion(record)]
        self.form.show_record(Record("", RULE.name, ""))
        if edits:
            self._session.save(self, edits, None, self.failed.emit)
