"""What a call's form says is read as it was meant, whatever letters it has; and what answers say is understood."""

import json
from urllib.parse import parse_qsl

import pytest
from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import ClientDecodeError, TelegramRetryAfter
from aiogram.methods import SendMessage
from hypothesis import given
from hypothesis import strategies as st

from bot.calls import Calls, encoded

WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(st.text(st.characters(categories=["Ll"]), min_size=1), WORDS))
def test_a_form_is_read_as_it_was_meant(fields: dict[str, str]) -> None:
    read = parse_qsl(encoded(fields).decode("ascii"), keep_blank_values=True, strict_parsing=bool(fields))
    assert dict(read) == fields


def test_signs_that_mean_something_in_a_form_are_letters_in_a_field() -> None:
    hostile = {"text": "a+b & c=d; 100 % ñ\n«¿?» #/:@'\"%41", "reply_markup": '{"inline_keyboard": [[{"text": "+"}]]}'}
    assert dict(parse_qsl(encoded(hostile).decode("ascii"), strict_parsing=True)) == hostile


def test_a_word_of_aiograms_own_goes_out_as_its_text() -> None:
    assert encoded({"parse_mode": ParseMode.HTML}) == b"parse_mode=HTML"


def _answered(status: int, said: object) -> None:
    Calls().check_response(Bot("9001:a-token"), SendMessage(chat_id=1, text="hola"), status, json.dumps(said))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"parameters": {"retry_after": 3}}, 3),
        ({"parameters": {"retry_after": 2.5}}, 3),
        ({"parameters": {"retry_after": "7"}}, 7),
        ({"parameters": {"retry_after": 0}}, 1),
        ({"parameters": {"retry_after": -5}}, 1),
        ({"parameters": {"retry_after": 10**30}}, 10_000_000),
        ({"description": "Too Many Requests: retry after 4"}, 4),
        ({"description": "Too Many Requests: retry after 4", "parameters": {}}, 4),
    ],
)
def test_a_429_is_a_pause_however_it_says_for_how_long(said: dict[str, object], seconds: int) -> None:
    with pytest.raises(TelegramRetryAfter) as refused:
        _answered(429, {"ok": False, "error_code": 429, "description": "Too Many Requests"} | said)
    assert refused.value.retry_after == seconds


@pytest.mark.parametrize("said", [{"ok": True}, {"ok": True, "result": None}])
def test_an_answer_without_its_result_was_cut_short(said: dict[str, object]) -> None:
    with pytest.raises(ClientDecodeError):
        _answered(200, said)
