"""Catalogues: full, in step with the code, and loaded by language and region."""

from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog

import locales
from civic import columns
from locales import check, extraction


def test_catalogues_have_no_fault() -> None:
    assert list(check.faults()) == []


def test_updating_the_catalogues_changes_nothing_that_is_in_step() -> None:
    template = extraction.extract()
    for language in locales.LANGUAGES:
        catalogue = extraction.read(language)
        extraction.update(catalogue, template, prune=False)
        assert extraction.written(catalogue) == extraction.catalogue_path(language).read_bytes()


def _catalogue(**texts: str) -> Catalog:
    catalogue = Catalog(locale="es")
    for key, text in texts.items():
        catalogue.add(key, text)
    return catalogue


@pytest.mark.parametrize(
    ("key", "text", "fault"),
    [
        ("Come at {hour}", "Venga a las {hora}", "has ['hora'], its key ['hour']"),
        ("Come at {hour}", "Venga a las {hour", "broken placeholder"),
        ("Come at {hour}", "", "has no text"),
        ("At %(place)s", "En %(lugar)s", "has ['lugar'], its key ['place']"),
        ("<b>Come</b>", "<b>Venga", "other tags"),
        (("{n} place", "{n} places"), ("Un cupo", "Cupos"), "has [], its key ['n']"),
        (("{n} place", "{n} places"), ("Un cupo", ""), "has no text"),
    ],
)
def test_a_translation_at_fault_is_named(key: str | tuple[str, str], text: str | tuple[str, str], fault: str) -> None:
    catalogue = Catalog(locale="es")
    catalogue.add(key, text)
    (found,) = check.text_faults(catalogue)
    assert fault in found


def test_a_plural_may_leave_out_the_number_where_it_is_one() -> None:
    catalogue = Catalog(locale="es")
    catalogue.add(("{n} place", "{n} places"), ("Un cupo", "{n} cupos"))
    assert list(check.text_faults(catalogue)) == []


@pytest.mark.parametrize("key", ["registration.confirmed", "¿Viene usted?", "Venga con su familia", "Come at {hour"])
def test_a_key_that_is_no_english_sentence_is_named(key: str) -> None:
    catalogue = Catalog()
    catalogue.add(key)
    assert [fault for message in catalogue for fault in check.key_faults(message)] != []


def test_what_is_no_longer_said_is_kept_aside_comes_back_and_is_pruned() -> None:
    catalogue = _catalogue(Come="Venga", Go="Vaya")
    template = Catalog()
    template.add("Come")
    extraction.update(catalogue, template, prune=False)
    assert {message.id for message in catalogue.obsolete.values()} == {"Go"}
    template.add("Go")
    extraction.update(catalogue, template, prune=False)
    back = catalogue.get("Go")
    assert back is not None
    assert (back.string, dict(catalogue.obsolete)) == ("Vaya", {})
    extraction.update(catalogue, Catalog(), prune=True)
    assert (len(catalogue), dict(catalogue.obsolete)) == (0, {})


def test_what_code_and_pages_say_is_found_with_its_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("messages", "portal/pages", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "messages" / "card.py").write_text(
        "# Translators: on a button\n"
        "label = t.gettext('I want ' 'to go')\n"
        "left = t.ngettext('{n} place', '{n} places', n)\n"
        "LATER = N_('Later')\n",
        encoding="utf-8",
    )
    (tmp_path / "portal" / "pages" / "card.html").write_text(
        "{% trans place=where %}\n  At {{ place }}\n{% endtrans %} {{ gettext('Meetings') }}", encoding="utf-8"
    )
    (tmp_path / "tests" / "test_card.py").write_text("t.gettext('Not said')", encoding="utf-8")
    monkeypatch.setattr(extraction, "ROOT", tmp_path)
    found = {message.id: message.auto_comments for message in extraction.extract() if message.id}
    assert found == {
        "I want to go": ["on a button"],
        ("{n} place", "{n} places"): [],
        "Later": [],
        "At %(place)s": [],
        "Meetings": [],
    }


def test_a_mark_around_a_composed_text_or_within_one_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "card.py").write_text(
        "t.gettext(f'Hello {name}')\nf'{name}: {t.gettext(\"Hello.\")} {t.gettext(SAID[name])}'\n", encoding="utf-8"
    )
    monkeypatch.setattr(check, "ROOT", tmp_path)
    assert list(check.lost_marks()) == [
        "messages/card.py:1: a text put together inside its mark is never found",
        "messages/card.py:2: a text marked inside an f-string is never found",
    ]


@pytest.mark.parametrize(
    ("code", "language"),
    [("es", "es"), ("es-419", "es"), ("en", "en"), ("en_GB", "en"), ("eo", "es"), (None, "es"), ("", "es")],
)
def test_telegrams_language_becomes_one_of_ours(code: str | None, language: str) -> None:
    assert locales.choose(code) == language


@pytest.mark.parametrize(("region", "language"), [("es_CO", "es"), ("en_US", "en"), ("fr_FR", "es")])
def test_unknown_language_is_the_installations(region: str, language: str) -> None:
    assert locales.choose("eo", region) == language


@pytest.mark.parametrize(
    ("language", "region", "locale"),
    [("es", "es_CO", "es_CO"), ("en", "es_CO", "en"), ("en", "en_GB", "en_GB"), ("es", "nowhere", "es")],
)
def test_dates_follow_the_whole_locale_of_the_language(language: str, region: str, locale: str) -> None:
    assert locales.translator(language, region).locale == Locale.parse(locale)


def test_a_language_is_named_by_itself_and_by_the_others() -> None:
    assert {each: locales.names(each)[:2] for each in ("es", "en")} == {
        "es": ("Español", "Spanish"),
        "en": ("English", "Inglés"),
    }


def test_files_may_be_written_in_what_is_spoken() -> None:
    assert columns.LANGUAGES == locales.LANGUAGES


def test_a_language_that_is_not_ours_is_refused() -> None:
    with pytest.raises(LookupError):
        locales.translator("eo")


def test_a_catalogue_that_was_not_compiled_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locales, "_HERE", tmp_path)
    locales.translator.cache_clear()
    try:
        with pytest.raises(locales.CatalogueMissingError, match="run make"):
            locales.translator("es")
    finally:
        locales.translator.cache_clear()
