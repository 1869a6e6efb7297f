"""The build hook: compiles the catalogues, into the wheel and in place for an editable install."""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> list[Path]:
    """Compile each `locales/*/LC_MESSAGES/convoca.po` under `root`; return the `.mo` files."""
    made = []
    for source in sorted(root.glob("locales/*/LC_MESSAGES/convoca.po")):
        with source.open("rb") as po:
            catalogue = read_po(po, locale=source.parts[-3])
        target = source.with_suffix(".mo")
        partial = target.with_suffix(f".mo.{os.getpid()}.part")  # two builds at once are each whole
        with partial.open("wb") as mo:
            write_mo(mo, catalogue)
        partial.replace(target)  # whoever reads beside us sees the old one or the new one, whole
        made.append(target)
    return made


class CatalogueHook(BuildHookInterface[Any]):
    """Makes the catalogues before hatchling gathers the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; `version` (standard, editable) and `build_data` are hatchling's."""
        del version, build_data
        compile_catalogues(Path(self.root))


if __name__ == "__main__":
    compile_catalogues(Path(__file__).parent)
