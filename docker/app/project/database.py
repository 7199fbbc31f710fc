"""Django's description of a database, made from a URL."""

from urllib.parse import parse_qsl, unquote, urlsplit


def from_url(url):
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A unix socket's directory has no place before the path of a URL, so libpq takes it as a parameter.
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": options.pop("port", "") or parts.port or "",
        "OPTIONS": options,
    }
