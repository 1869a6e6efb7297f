"""`make prove`: run every proof in full, and write what was found to docs/reliability.md."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from bot.clock import true_now
from tests.bench.report import processor
from tests.proofs.scale import FULL, PROVE

CHECKOUT: Final = Path(__file__).parents[2]
REPORT: Final = CHECKOUT / "docs" / "reliability.md"
LONG: Final = ("-o", "faulthandler_timeout=3600")
"""A proof in full is no test that hangs."""
OPENING: Final = Path(__file__).with_name("opening.md")

Findings = dict[str, list[dict[str, Any]]]


def main() -> int:
    """Prove, and write; the exit code is pytest's. A run that failed leaves the report as it was."""
    with tempfile.TemporaryDirectory(prefix="convoca-proofs-") as folder:
        path = Path(folder) / "findings.jsonl"
        path.touch()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:xdist", *LONG, "tests/proofs", "-v", *sys.argv[1:]],
            cwd=CHECKOUT,
            env=os.environ | {PROVE: str(path)},
            check=False,
        )
        if done.returncode == 0 and not sys.argv[1:]:
            REPORT.write_text(report(read(path)), encoding="utf-8")
    return done.returncode


def read(path: Path) -> Findings:
    """Gather the findings by proof, in the order in which they were made."""
    found: Findings = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        found[each["proof"]].append(each["figures"])
    return found


def report(found: Findings) -> str:
    """Write the report: what is promised, and a table of figures for each proof."""
    parts = [OPENING.read_text(encoding="utf-8").strip()]
    for proof, rows in found.items():
        names = list(dict.fromkeys(name for row in rows for name in row))
        lines = [
            "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
            "|" + "---|" * len(names),
            *("| " + " | ".join(str(row.get(name, "")) for name in names) + " |" for row in rows),
        ]
        parts.append(f"## {proof}\n" + "\n".join(lines))
    parts.append(
        f"_{true_now():%Y-%m-%d} · {os.cpu_count()} × {processor()} · {platform.system()} · "
        f"Python {platform.python_version()} · {FULL.kills} kills a scenario, {FULL.people} people, "
        f"{FULL.subscribers:,} subscribers_"
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main())
