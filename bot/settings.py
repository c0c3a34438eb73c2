"""Settings: the only reader of the environment and of `.env`. Every name is in `.env.example`, where a test looks."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Receive = Literal["polling", "webhook"]


class BadSettings(Exception):
    """The settings do not allow a start. The message says in one sentence what to change."""


class Settings(BaseSettings):
    """The settings. Secrets are types of their own and never appear in a log or an error."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", hide_input_in_errors=True
    )

    database_url: str = "sqlite:///var/motcua.db"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""
    data_key: SecretStr = SecretStr("")
    default_locale: Literal["vi", "en"] = "vi"
    timezone: str = "Asia/Ho_Chi_Minh"
    log_format: Literal["json", "text"] = "text"

    telegram_token: SecretStr = SecretStr("")
    telegram_api_url: str = ""
    telegram_proxy: SecretStr = SecretStr("")
    telegram_receive: Receive = "polling"
    telegram_webhook_secret: SecretStr = SecretStr("")

    zalo_bot_token: SecretStr = SecretStr("")
    zalo_bot_api_url: str = "https://bot-api.zaloplatforms.com"
    zalo_bot_receive: Receive = "polling"
    zalo_bot_webhook_secret: SecretStr = SecretStr("")

    zalo_oa_app_id: str = ""
    zalo_oa_app_secret: SecretStr = SecretStr("")
    zalo_oa_secret_key: SecretStr = SecretStr("")
    zalo_oa_refresh_token: SecretStr = SecretStr("")
    zalo_oa_api_url: str = "https://openapi.zalo.me"
    zalo_oa_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_zbs_api_url: str = "https://business.openapi.zalo.me"
    zalo_oa_buttons: bool = False
    zalo_zbs_templates: str = ""

    state_dir: Path = Path("var")
    """Where the spool, the search index and the demo's key lie."""
    sends_in_flight: int = Field(5, ge=1, le=100)
    """The most messages of one account being sent at once: no more are in doubt after a crash."""
    fallback_after_s: int = Field(600, ge=10)
    """How long a notice may wait for a platform before it goes to another chat of the same person."""
    keep_guidance_days: int = Field(1825, ge=1)
    keep_questions_days: int = Field(180, ge=1)
    keep_journal_days: int = Field(30, ge=1)
    chat_sessions_per_hour: int = Field(60, ge=1)
    """How many chat page sessions one address may open in an hour."""
    trust_proxy: bool = False
    """Whether X-Forwarded-For is believed: only behind a proxy of the office's own."""

    @model_validator(mode="after")
    def _webhooks_have_secrets(self) -> Settings:
        for name in ("telegram", "zalo_bot"):
            token, receive = getattr(self, f"{name}_token"), getattr(self, f"{name}_receive")
            secret = getattr(self, f"{name}_webhook_secret").get_secret_value()
            if token.get_secret_value() and receive == "webhook" and not secret:
                raise ValueError(f"{name.upper()}_RECEIVE=webhook needs {name.upper()}_WEBHOOK_SECRET")
            if receive == "webhook" and secret and not 8 <= len(secret) <= 256:
                raise ValueError(f"{name.upper()}_WEBHOOK_SECRET must have 8 to 256 characters")
        return self


def load(**overrides: object) -> Settings:
    """The settings out of the environment and `.env`. Raises BadSettings with one clear sentence."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = "_".join(str(part) for part in first["loc"]).upper()
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise BadSettings(f"{where}: {reason}" if where else reason) from None
