"""Where a project file says that a table lies: an address, which is no place for a secret."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlsplit

from roadworthy.data.places import is_remote

DATABASES = ("postgresql", "postgres")
"""The schemes of the addresses of tables in a database."""

SECRETS = frozenset(
    {
        "access_token", "account_key", "aws_secret_access_key", "aws_session_token",
        "client_secret", "password", "sas_token", "secret_access_key",
        "secret_key", "session_token", "sig", "sslpassword",
        "token", "x-amz-credential", "x-amz-security-token", "x-amz-signature",
        "x-goog-credential", "x-goog-signature",
    }
)  # fmt: skip
"""What no address may say in its query, in small letters, since files are read by many and kept for
long. `sig` and what begins with `x-` sign addresses that open to whoever has them."""


def secret_in(place: str) -> str | None:
    """What secret an address holds, in words that do not repeat it; None if it holds none.

    >>> secret_in("postgresql://me:pw@db/bank?table=loans"), secret_in("postgresql://me@db/bank")
    ('a password in the URL', None)
    """
    if not is_remote(place):
        return None
    parts = _parts(place)
    if parts is None:
        return None
    if parts.password:
        return "a password in the URL"
    named = sorted({key for key, _ in parse_qsl(parts.query) if key.lower() in SECRETS})
    return f"`{named[0]}` in the URL" if named else None


def where_secrets_belong(place: str) -> str:
    """Where a secret is to be said instead."""
    if place.partition("://")[0] in DATABASES:
        return (
            "a URL without a password: it belongs in ~/.pgpass or the environment variable "
            "PGPASSWORD"
        )
    return "a URL without secrets: they belong in the environment, as for the provider's own tools"


def wrong_with(place: str) -> str | None:
    """What should stand in place of an address that names no table; None if it may name one."""
    scheme = place.partition("://")[0]
    if scheme not in DATABASES or not is_remote(place):
        return None
    parts = _parts(place)
    named = [value for key, value in parse_qsl(parts.query) if key == "table"] if parts else []
    if len(named) == 1:
        return None
    return "one table in the URL: postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE"


def name_in(place: str) -> str:
    """What to call a table by its address.

    >>> name_in("postgresql://db/bank?table=lending.loans"), name_in("s3://x/cases.parquet?a=b")
    ('loans', 'cases')
    """
    parts = urlsplit(place)
    named = [value for key, value in parse_qsl(parts.query) if key == "table"]
    if named:
        return named[0].rpartition(".")[2].strip('"')
    return parts.path.rstrip("/").rpartition("/")[2].partition(".")[0] or parts.netloc


def _parts(place: str) -> SplitResult | None:
    try:
        return urlsplit(place)
    except ValueError:
        return None  # whoever opens it says what is wrong
