"""The part of the build that pyproject.toml cannot say: `resources/` goes into the package.

A wheel carries it as `defenderdesk/_resources`, with its catalogues compiled; a development
install (`pip install -e .`) reads the folder of the checkout.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SOURCE = Path(__file__).resolve().parent / "resources"
PACKAGE = "defenderdesk"


class BuildWithResources(build_py):
    """Builds the package anew (nothing of an older build stays), then adds the resources."""

    def run(self) -> None:
        """Build into `build_lib`; a development install builds nothing."""
        if self.editable_mode:
            super().run()
            return
        package = Path(self.build_lib) / PACKAGE
        shutil.rmtree(package, ignore_errors=True)
        super().run()
        target = package / "_resources"
        shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("*.mo", "*.pot"))
        catalogues = sorted(target.glob("locale/*/LC_MESSAGES/*.po"))
        if not catalogues:
            raise SystemExit(f"{SOURCE} holds no catalogue: the package would not be whole.")
        for po in catalogues:
            compile_catalogue(po)
            po.unlink()


def compile_catalogue(po: Path) -> None:
    """Write the `.mo` beside a `.po`."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
        write_mo(target, read_po(source))


setup(cmdclass={"build_py": BuildWithResources})
