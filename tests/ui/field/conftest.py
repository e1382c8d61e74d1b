"""These screens are tested over a copy of one prepared vault of the field's work."""

from __future__ import annotations

import pytest

from tests.ui.field_world import open_copy


@pytest.fixture
def copied(tmp_path):
    made = open_copy(tmp_path / "profile")
    yield made
    made[0].close()


@pytest.fixture
def vault(copied):
    return copied[0]


@pytest.fixture
def field(copied):
    return copied[1]
