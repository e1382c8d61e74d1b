"""The desktop: screens over one `Vault`. Nothing here waits on disk, keys or network in the
GUI thread; everything that changes something is an operation (`ui/work/operations.py`,
`ui/work/session.py`).
"""

from __future__ import annotations

import ctypes
import sys

if sys.version_info < (3, 12) and sys.implementation.name == "cpython":
    # PySide6 6.12.0 hands out None for an invalid QVariant (`index.data()`, `property("x")`)
    # without counting the reference. Where None is not immortal (before Python 3.12) the count
    # reaches zero after some thousand paintings and the interpreter aborts. `tests/ui/
    # test_binding.py` measures whether it still does. Until it is mended, None gets more
    # references than could ever be lost. So do True and False, which `index.data(role)` of a
    # model hands out in the same way.
    for constant in (None, True, False):
        ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40
