"""What proofs ask for: how large they are, and where what they found is kept."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.conftest import telegram, town
from tests.proofs.scale import PROVE, Scale, chosen

__all__ = ["telegram", "town"]

Found = Callable[..., None]
"""`found("kills during a fan-out", database="sqlite", lost=0, …)`: what a proof measured."""


@pytest.fixture
def scale() -> Scale:
    """Say how large this run is."""
    return chosen()


@pytest.fixture
def found() -> Found:
    """Lend what keeps a proof's figures for docs/reliability.md; in a small run they go nowhere."""
    path = os.environ.get(PROVE)

    def keep(proof: str, **figures: object) -> None:
        if path:
            with Path(path).open("a", encoding="utf-8") as findings:
                findings.write(json.dumps({"proof": proof, "figures": figures}, ensure_ascii=False) + "\n")

    return keep
