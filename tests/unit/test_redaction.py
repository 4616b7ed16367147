"""What no text for people holds: passwords, tokens, and the queries of addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.errors import InputError
from lingraft.redaction import hide_secrets, secret_in


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("get https://u:SECRET@host/x now", "get https://***@host/x now"),
        ("get https://SECRET@host/x", "get https://***@host/x"),
        ("(https://host/x?a=SECRET)", "(https://host/x?***"),
        ("'/x?token=SECRET'", "'/x?token=***'"),
        ("hf_" + "SECRET" * 6, "***"),
        ("Authorization: Bearer SECRETSECRET", "Authorization: Bearer ***"),
        ("{'authorization': 'Basic SECRET=='}", "{'authorization': 'Basic ***'}"),
    ],
)
def test_secrets_become_stars(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
    assert str(InputError(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "the token separator of a basic vocabulary, or a bearer of it",
        "https://host/path/file.txt is not there; set sha256=abc",
        "why? because of a=b; key = value",
        "someone@example.org",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert hide_secrets(text) == text


@given(st.text(st.sampled_from("htps:/@?&#=; aZ1.-_%"), max_size=80))
def test_hiding_never_fails_and_hides_once(text: str) -> None:
    hidden = hide_secrets(f"https://{text}")
    assert hide_secrets(hidden) == hidden


@pytest.mark.parametrize(
    "name", ["token", "Access_Token", "X-Goog-Credential", "apiKey", "rlkey", "sig", "Key-Pair-Id"]
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert secret_in(f"https://host/x?a=1&{name}=v") == f"the parameter {name!r}"


@pytest.mark.parametrize("name", ["download", "id", "lang", "sequence", "isAllowed", "format"])
def test_ordinary_names_are_not(name: str) -> None:
    assert secret_in(f"https://host/x?{name}=v") is None
