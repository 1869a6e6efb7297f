"""Telegram's HTML: read, counted, refused, and shown safely."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Message

from simulator.entities import Formatted, Unparsable, linked, parse_html, tidied, to_html, units, with_found

ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"))


@given(ANY_TEXT)
def test_an_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(html.escape(text)) == Formatted(text, [])
    assert parse_html(html.escape(text, quote=False)) == Formatted(text, [])


@given(ANY_TEXT, ANY_TEXT.filter(bool), ANY_TEXT)
def test_entities_cover_what_was_marked(before: str, marked: str, after: str) -> None:
    found = parse_html(f"{html.escape(before)}<b>{html.escape(marked)}</b>{html.escape(after)}")

    assert found.text == before + marked + after
    assert found.entities == [{"type": "bold", "offset": units(before), "length": units(marked)}]


@given(ANY_TEXT)
def test_a_text_without_entities_is_shown_escaped(text: str) -> None:
    assert to_html(text, []) == html.escape(text)


@given(ANY_TEXT)
def test_any_source_is_read_or_refused_in_telegrams_words(source: str) -> None:
    refusal = ""
    try:
        parse_html(source)
    except Unparsable as refused:
        refusal = str(refused)

    assert not refusal or "byte offset" in refusal or "end tag" in refusal


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<strong>a</strong><em>b</em>", "ab", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", n, 1) for n in range(3)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [("spoiler", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<code>a</code>", "a", [("code", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ("👋<b>á</b>", "👋á", [("bold", 2, 1)]),
        ("<b></b>a", "a", []),
        ("&lt;&#60;&#x3C;&amp;&quot;&nbsp;", '<<<&"&nbsp;', []),
        ("<B>a</b >", "a", [("bold", 0, 1)]),
        ("<a href='localhost'>a</a>", "a", []),
    ],
)
def test_tags_become_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    found = parse_html(source)

    assert found.text == text
    assert [(e["type"], e["offset"], e["length"]) for e in found.entities] == entities


def test_links_and_languages_keep_what_they_say() -> None:
    found = parse_html(
        '<a href="https://example.org/?a=1&amp;b=2">a</a><pre><code class="language-py">b</code></pre>'
        '<tg-emoji emoji-id="5">👍</tg-emoji>'
    )

    assert found.entities == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org/?a=1&b=2"},
        {"type": "pre", "offset": 1, "length": 1, "language": "py"},
        {"type": "custom_emoji", "offset": 2, "length": 2, "custom_emoji_id": "5"},
    ]


def test_the_other_library_reads_the_entities_alike() -> None:
    source = '<b>Hola, <i>María</i></b> &lt;3 <a href="https://example.org/">aquí</a> 👋 <code>x</code>'
    found = parse_html(source)
    message = Message.de_json(
        {
            "message_id": 1,
            "date": 1,
            "chat": {"id": 1, "type": "private"},
            "text": found.text,
            "entities": found.entities,
        },
        None,
    )

    assert message.text_html == source


def test_trimming_moves_entities_along() -> None:
    found = tidied(parse_html(" \n<b> Hola </b> \r\n"))

    assert found == Formatted("Hola", [{"type": "bold", "offset": 0, "length": 4}])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start m_agua", [("bot_command", "/start")]),
        ("vea /ayuda.", [("bot_command", "/ayuda")]),
        ("y/o 1/2", []),
        ("https://example.org/a?b=1.", [("url", "https://example.org/a?b=1")]),
        ("escriba a pqrs@example.org", [("email", "pqrs@example.org")]),
        ("@alcaldia #agua", [("mention", "@alcaldia"), ("hashtag", "#agua")]),
    ],
)
def test_telegram_finds_some_by_itself(text: str, found: list[tuple[str, str]]) -> None:
    entities = with_found(Formatted(text)).entities

    assert [(e["type"], text[e["offset"] : e["offset"] + e["length"]]) for e in entities] == found


def test_what_is_shown_runs_nothing() -> None:
    text = '<script>alert(1)</script> " onclick='
    links = [
        {"type": "text_link", "offset": 0, "length": 3, "url": 'https://example.org/" onclick="x'},
        {"type": "text_link", "offset": 4, "length": 3, "url": "javascript:alert(1)"},
    ]

    shown = to_html(text, links)

    assert "<script" not in shown
    assert 'href="https://example.org/&quot; onclick=&quot;x"' in shown
    assert "javascript:" not in shown


def test_nested_and_crossing_entities_are_shown_as_a_tree() -> None:
    crossing = [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 2}]

    assert to_html("abc", crossing) == "<b>a<i>b</i></b><i>c</i>"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("example.org", "http://example.org/"),
        ("https://example.org/x", "https://example.org/x"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("tg://user?id=1", "tg://user?id=1"),
        ("javascript:alert(1)", None),
        ("localhost", None),
        ("two words.org", None),
        ("", None),
    ],
)
def test_only_real_addresses_become_links(address: str, link: str | None) -> None:
    assert linked(address) == link
