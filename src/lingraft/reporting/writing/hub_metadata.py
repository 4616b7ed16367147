"""The metadata of a model card as the Hugging Face hub checks it."""

import re
from collections.abc import Mapping

# Spelling of packages -> id of the hub; any other license is "other", with its name.
_LICENSES: Mapping[str, str] = {
    "apache-2.0": "apache-2.0",
    "mit": "mit",
    "bsd-2-clause": "bsd-2-clause",
    "bsd-3-clause": "bsd-3-clause",
    "mpl-2.0": "mpl-2.0",
    "gpl-2.0": "gpl-2.0",
    "gpl-2.0-or-later": "gpl-2.0",
    "gpl-3.0": "gpl-3.0",
    "cc0-1.0": "cc0-1.0",
    "cc-by-4.0": "cc-by-4.0",
    "cc-by-sa-3.0": "cc-by-sa-3.0",
    "cc-by-sa-4.0": "cc-by-sa-4.0",
    "cc-by-nc-4.0": "cc-by-nc-4.0",
}
_UNKNOWN = "unknown"


def check_metadata(metadata: Mapping[str, object]) -> None:
    """Check what the hub checks when a card is pushed, as far as that is possible offline.

    Raises:
        ValueError: a field is missing or is not valid for the hub.
    """
    languages = metadata.get("language")
    codes = languages if isinstance(languages, list) else [languages]
    if not all(isinstance(code, str) and re.fullmatch("[a-z]{2,3}", code) for code in codes):
        raise ValueError(f"languages must be ISO 639 codes, not {languages!r}")
    if metadata.get("license") not in {*_LICENSES.values(), "other", _UNKNOWN}:
        raise ValueError(f"the hub does not know the license {metadata.get('license')!r}")
    if metadata.get("license") == "other" and not metadata.get("license_name"):
        raise ValueError("a license that is 'other' needs a license_name")
    base = metadata.get("base_model")
    if base is not None and not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", str(base)):
        raise ValueError(f"base_model must be a repository of the hub, not {base!r}")


def hub_license(text: str | None) -> tuple[str, str | None]:
    """Id of a license on the hub, and its name if the hub does not know it."""
    if not text:
        return _UNKNOWN, None
    key = text.lower().replace("+", "-or-later").replace(" ", "-")
    return (_LICENSES[key], None) if key in _LICENSES else ("other", text)
