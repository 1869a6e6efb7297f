"""Organisers' YAML: texts stay texts, and what is broken is named by its line."""

import pytest

from civic.errors import Faults
from civic.yaml_file import LARGEST, read


def test_scalars_are_text_and_empty_ones_are_none() -> None:
    found = read(
        b'phone: +57 601\nagree: no\nday: 2026-12-15\nnone: null\ntilde: ~\nempty:\nquoted: "null"\nn: 31 # why\n'
    )
    assert found == {
        "phone": "+57 601",
        "agree": "no",
        "day": "2026-12-15",
        "none": None,
        "tilde": None,
        "empty": None,
        "quoted": "null",
        "n": "31",
    }


@pytest.mark.parametrize(
    ("content", "place", "what"),
    [
        ("a: 1\nb: Calle 5 # 4-12\n", "line 2:", "#"),
        ("a: 1\nb: [Calle 5 # 4, c]\n", "line 2:", "#"),
        ("a: {b: 1, c: Calle 5 # 4}\nd: 2026-12-15T13:00\n", "line 1:", "#"),
        ("a: 1\nb: [Agua, ¿Qué falta?]\n", "line 2:", "?"),
        ("a: 1\nb: Tarifas: todas\n", "line 2:", ":"),
        ("a: 1\nb: @alcaldia\n", "line 2:", "@"),
        ("a: 1\nb: 2\na: 3\n", "a:", "twice"),
        ("a: 1\nb: *x\n", "line 2:", "*"),
        ("a: &x 1\n", "line 1:", "&"),
        ("a: 1\n---\nb: 2\n", "line 2:", "second document"),
        ("[" * 50, "line 1:", "nested more than"),
        ("", "the file", "empty"),
        ("# nothing\n", "the file", "empty"),
        (b"a\n\xff\xfea", "line 2:", "UTF-8"),
        (b"a: 1\nb: \x01\x02", "line 2:", "character"),
        ("a: 1\nb: Agua \u202e para todas\n", "line 2:", "U+202E"),
        ('a: 1\nb: "\\ud83d"\n', "line 2:", "U+D83D"),
        ('a: 1\nb: "\\0"\n', "line 2:", "U+0000"),
        ("a" * (LARGEST + 1), "the file", "more than"),
    ],
)
def test_what_is_broken_is_named_by_its_line(content: str | bytes, place: str, what: str) -> None:
    with pytest.raises(Faults) as caught:
        read(content.encode() if isinstance(content, str) else content)
    (fault,) = caught.value.faults
    assert fault.startswith(place)
    assert what in fault


def test_every_doubled_key_is_named_at_once() -> None:
    with pytest.raises(Faults) as caught:
        read(b"a: {b: 1, b: 2}\nc: [{d: 1, d: 2}]\n")
    assert len(caught.value.faults) == 2
