"""The tree: locks whole and without addresses, nothing of one machine, rooms with what they need."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "civic", "handlers", "locales", "messages", "portal", "scheduler", "simulator")
LOCKS = ("requirements.txt", "requirements-dev.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# Put together here, as this file is of the tree too.
_PY, _JS = "py", "js"
_ELSEWHERE = re.compile(
    "|".join(
        (
            r"(?<![\w.<>{}*/-])/(?:work|root|tmp|home)" + "/",
            rf"\b(?:files\.{_PY}thonhosted|(?:test\.)?{_PY}pi|npm{_JS}|registry\.[a-z.-]+)\.(?:org|com)\b",
            r"--(?:extra-)?index" + "-url|--find" + "-links",
        )
    )
)
_OURS_ALONE = {".git", ".venv", "var", "build", "dist", "node_modules"}


def _lock(name: str) -> dict[str, tuple[Version, int]]:
    """Read a lock: each distribution's version and how many hashes it has."""
    found: dict[str, tuple[Version, int]] = {}
    for entry in (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not entry.strip() or entry.startswith("#"):
            continue
        requirement = Requirement(entry.split("--hash")[0].strip())
        (pin,) = requirement.specifier
        assert pin.operator == "==", entry
        found[canonicalize_name(requirement.name)] = (Version(pin.version), len(_HASH.findall(entry)))
    return found


def _files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".editorconfig", ".gitignore"} for part in parts)
        if path.is_file() and not hidden and _OURS_ALONE.isdisjoint(parts) and "__pycache__" not in parts:
            yield path


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_distribution_has_its_hashes(name: str) -> None:
    lock = _lock(name)
    assert len(lock) > 20
    assert [distribution for distribution, (_, hashes) in lock.items() if not hashes] == []


def test_what_tests_run_on_is_what_runs() -> None:
    run, test = (_lock(name) for name in LOCKS)
    assert {name: test.get(name) for name in run} == run


def test_locks_hold_what_the_project_asks_for() -> None:
    run, test = (_lock(name) for name in LOCKS)
    asked = [
        *((each, run) for each in PROJECT["project"]["dependencies"]),
        *((each, run) for each in PROJECT["build-system"]["requires"]),
        *((each, test) for group in PROJECT["dependency-groups"].values() for each in group),
    ]
    for text, lock in asked:
        requirement = Requirement(text)
        version, _ = lock[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, text


def test_nothing_names_a_machine_or_a_registry() -> None:
    found = []
    for path in _files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a font
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in _ELSEWHERE.finditer(text)]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_a_typed_package_of_the_wheel(room: str) -> None:
    assert (ROOT / room / "py.typed").exists()
    assert (ROOT / room / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    assert room in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_every_ignored_rule_and_warning_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^ignore|\"[^\"]+\"|filterwarnings) = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.strip() != '"error",']
    assert len(lines) > 10
    assert [line for line in lines if "#" not in line] == []
