"""One operation of several saves: all of it is written, or nothing.

Between two saves the disk may fill, the process may be killed. What was written by then would
stand as if a person had wanted half of it: an updated text without what it belongs to. So whatever
saves more than once here is an operation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from defenderdesk.vault import Vault

P = ParamSpec("P")
R = TypeVar("R")


def operation(act: Callable[Concatenate[Vault, P], R]) -> Callable[Concatenate[Vault, P], R]:
    """Makes everything that a function saves one write. Its reads see what it saved."""

    @wraps(act)
    def whole(vault: Vault, *args: P.args, **kwargs: P.kwargs) -> R:
        with vault.transaction():
            return act(vault, *args, **kwargs)

    return cast(Callable[Concatenate[Vault, P], R], whole)
