"""The wheel: built here, unpacked elsewhere beside the locked libraries, and started from there."""

import os
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.test_tree import PROJECT, ROOMS, ROOT

pytestmark = pytest.mark.xdist_group("wheel")

_LOADS_EVERY_ROOM = """
import importlib, pkgutil, sys
from pathlib import Path
where = Path(sys.argv[1]).resolve()
for room in sys.argv[2:]:
    package = importlib.import_module(room)
    assert Path(package.__file__).resolve().is_relative_to(where), package.__file__
    for module in pkgutil.walk_packages(package.__path__, room + "."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
"""
_SPEAKS_AND_STORES = """
import sys
import locales
from civic.store import Store
for language in locales.LANGUAGES:
    print(len(locales.translator(language).gettext("")))
store = Store(f"sqlite:///{sys.argv[1]}")
store.upgrade()
store.close()
"""
_LAZY = ("telegram", "highspy", "openpyxl", "docx", "fpdf", "aiogram")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as an installer would, offline, without isolation."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    _run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    (built,) = folder.glob("convoca-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel away from the checkout; the folder that holds it."""
    folder = tmp_path_factory.mktemp("installed")
    options = ("--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet")
    _run(sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(wheel), cwd=folder)
    return folder


def _run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE"))} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _python(installed: Path, code: str, *arguments: str, cwd: Path) -> str:
    """Run code with the installed wheel and the locked libraries alone: no checkout on the path.

    `-S` leaves out site's .pth files, so the editable install of the checkout is not seen.
    """
    libraries = os.pathsep.join((str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    return _run(sys.executable, "-S", "-c", code, *arguments, cwd=cwd, PYTHONPATH=libraries)


def test_the_wheel_holds_the_rooms_the_catalogues_and_no_tests(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == set(ROOMS)
    for language in ("es", "en"):
        assert f"locales/{language}/LC_MESSAGES/convoca.mo" in names
    sources = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".part"
    }
    assert sources <= set(names)  # page files, templates, the sample and its report, migrations


def test_every_room_loads_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    _python(installed, _LOADS_EVERY_ROOM, str(installed), *ROOMS, cwd=tmp_path)


def test_the_wheel_speaks_and_makes_its_database(installed: Path, tmp_path: Path) -> None:
    lengths = _python(installed, _SPEAKS_AND_STORES, str(tmp_path / "new.db"), cwd=tmp_path)
    assert all(int(length) > 100 for length in lengths.split())
    assert (tmp_path / "new.db").stat().st_size > 0


def test_help_is_quick_and_loads_no_heavy_library(installed: Path, tmp_path: Path) -> None:
    module, function = PROJECT["project"]["scripts"]["convoca"].split(":")
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', *sorted(set({_LAZY!r}) & sys.modules.keys())))\n"
        "sys.argv = ['convoca', '--help']\n"
        f"from {module} import {function}\n"
        f"{function}()\n"
    )
    said = _python(installed, code, cwd=tmp_path)
    assert "meeting" in said
    assert said.splitlines()[-1].strip() == "LOADED"


def test_no_other_distribution_owns_our_names() -> None:
    owners = packages_distributions()
    assert {room: owners[room] for room in ROOMS if set(owners.get(room, [])) - {"convoca"}} == {}
