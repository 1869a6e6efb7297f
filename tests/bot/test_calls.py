"""What a call's form says is read as it was meant, whatever letters it has."""

from urllib.parse import parse_qsl

from aiogram.enums import ParseMode
from hypothesis import given
from hypothesis import strategies as st

from bot.calls import encoded

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
