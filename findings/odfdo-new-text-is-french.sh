#!/bin/sh
# A new OpenDocument text is in French, whatever is written into it.
#
# odfdo 3.27.3. Document("text") starts from a template whose default paragraph style says fo:language="fr"
# and fo:country="FR", and "zxx" (no language) for Asian and complex scripts; nothing that one appends changes it. So a reader
# of the screen reads an Arabic or English paragraph as French, hyphenation and spelling follow French, and
# a right-to-left paragraph has no language at all. The headings of the template are numbered as well: a heading
# of level 1 comes out as "1.", one below it as "1.1.1.", beside the number that the text has of its own.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/python -m pip install --quiet --disable-pip-version-check odfdo==3.27.3
cat >look.py <<'PY'
from odfdo import Document, Header, Paragraph

document = Document("text")
document.body.clear()
document.body.append(Header(1, "عنوان"))
document.body.append(Paragraph("نص"))
document.save("made.odt")

root = Document("made.odt").get_part("styles.xml").root
[style] = root.get_elements("//style:default-style[@style:family='paragraph']/style:text-properties")
names = ("fo:language", "fo:country", "style:language-complex")
said = [style.get_attribute(name) for name in names]
numbered = [
    level.get_attribute("text:level")
    for level in root.get_elements("//text:outline-level-style")
    if level.get_attribute("style:num-format")
]
print("language", *said)
print("numbered levels", *numbered[:3])
PY
v/bin/python look.py | tee seen
cat >expected <<'OUT'
language fr FR zxx
numbered levels 1 2 3
OUT
diff expected seen
