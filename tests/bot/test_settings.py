"""A wrong setting stops the start with one line that names it; what derives from the token is alike in replicas."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings, SettingsWrong


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("BOT_TOKEN", "secret", "is not a bot token"),
        ("DATABASE_URL", "mysql://db/convoca", "is not sqlite:///PATH or postgresql://"),
        ("DATABASE_URL", "convoca.db", "is not sqlite:///PATH or postgresql://"),
        ("DATABASE_URL", "sqlite://", "is not sqlite:///PATH or postgresql://"),
        ("LISTEN", "8080", "is not HOST:PORT"),
        ("LISTEN", "example.org:80", "an address to listen on"),
        ("LISTEN", "127.0.0.1:99999", "is not HOST:PORT"),
        ("PUBLIC_URL", "convoca.example.org", "is not an http or https address"),
        ("TELEGRAM_API", "ftp://example.org", "is not an http or https address"),
        ("WEBHOOK_SECRET", "con espacio", "is not 1 to 256"),
        ("ORGANISERS", "1, @maria", "is not a list of Telegram user ids"),
        ("LOCALE", "xx_YY", "is not a locale"),
        ("TIMEZONE", "Bogota", "is not a time zone"),
        ("MESSAGES_PER_SECOND", "31", "is over Telegram's 30 a second without paid broadcast"),
        ("MESSAGES_PER_SECOND", "0", "greater than 0"),
        ("PAID_BROADCAST", "maybe", "boolean"),
        ("SIMULATOR_LISTEN", ":", "is not HOST:PORT"),
    ],
)
def test_wrong_value_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str) -> None:
    monkeypatch.setenv(f"CONVOCA_{name}", value)
    with pytest.raises(SettingsWrong) as wrong:
        Settings.read()
    said = str(wrong.value)
    assert said.startswith(f"CONVOCA_{name}")
    assert why in said
    assert "\n" not in said


@pytest.mark.parametrize("name", ["BOT_TOKEN", "WEBHOOK_SECRET", "DATABASE_URL"])
def test_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"CONVOCA_{name}", "top secret")
    with pytest.raises(SettingsWrong) as wrong:
        Settings.read()
    assert "top secret" not in str(wrong.value)


def test_nothing_set_is_the_demo() -> None:
    settings = Settings.read()
    assert settings.is_demo
    assert settings.database == "sqlite:///var/demo.db"
    assert settings.pace == 25
    assert not settings.uses_webhook


def test_empty_values_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_TOKEN", "PUBLIC_URL", "DATABASE_URL", "MESSAGES_PER_SECOND", "ORGANISERS"):
        monkeypatch.setenv(f"CONVOCA_{name}", "")
    settings = Settings.read()
    assert settings.is_demo
    assert settings.organisers == ()


def test_token_with_https_address_makes_a_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "123456:ABC-def_1")
    monkeypatch.setenv("CONVOCA_PUBLIC_URL", "https://convoca.example.org/")
    one, other = Settings.read(), Settings.read()
    assert one.uses_webhook
    assert one.public_url == "https://convoca.example.org"
    assert one.database == "sqlite:///var/convoca.db"
    assert (one.webhook_path, one.secret) == (other.webhook_path, other.secret)
    assert "ABC" not in one.webhook_path
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "123456:another")
    assert Settings.read().webhook_path != one.webhook_path


def test_paid_broadcast_lifts_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVOCA_PAID_BROADCAST", "true")
    assert Settings.read().pace == 1000
    monkeypatch.setenv("CONVOCA_MESSAGES_PER_SECOND", "500")
    assert Settings.read().pace == 500


def test_settings_come_from_a_file_too() -> None:
    Path(".env").write_text("CONVOCA_ORGANISERS=11, 22\nCONVOCA_TIMEZONE=Europe/Madrid\n", encoding="utf-8")
    settings = Settings.read()
    assert settings.organisers == (11, 22)
    assert settings.timezone == "Europe/Madrid"


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ("sqlite:///folder", ["run"]),
        ("sqlite:///folder", ["meeting", "list"]),
        ("sqlite:///letter.txt", ["run"]),
        ("sqlite:///letter.txt", ["meeting", "list"]),
        ("postgresql://nobody@127.0.0.1:1/x?sslmode=wrong", ["run"]),
        ("postgresql://nobody@127.0.0.1:1/x", ["meeting", "list"]),  # `run` waits for a server that is not up yet
    ],
)
def test_database_that_cannot_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, address: str, command: list[str]
) -> None:
    Path("folder").mkdir()
    Path("letter.txt").write_text("Dear Sir or Madam, this is no database. " * 100, encoding="utf-8")
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "123456:abcdefghij")
    monkeypatch.setenv("CONVOCA_DATABASE_URL", address)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert result.stderr.startswith("CONVOCA_DATABASE_URL: ")
    assert len(result.stderr.splitlines()) == 1
