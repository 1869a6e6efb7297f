"""Make: what a machine lacks is one clear line, and nothing half-made stays."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.test_tree import ROOT

_OLD = "exit 1"
_WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1;; esac; exit 0'
_MAKE = shutil.which("make")


@pytest.mark.parametrize("goal", ["run", "test", "check"])
@pytest.mark.parametrize(
    ("python", "says"),
    [(_OLD, "Python 3.11 or newer"), (_WITHOUT_VENV, "apt install python3-venv")],
    ids=["too old", "without venv"],
)
def test_what_the_machine_lacks_is_one_line(goal: str, python: str, says: str, tmp_path: Path) -> None:
    fake = tmp_path / "python3"
    fake.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
    fake.chmod(0o755)
    assert _MAKE is not None
    done = subprocess.run(
        [_MAKE, "--no-print-directory", f"PYTHON={fake}", f"VENV={tmp_path / 'venv'}", goal],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode == 2
    assert len(ours) == 1
    assert says in ours[0]
    assert not (tmp_path / "venv").exists()
