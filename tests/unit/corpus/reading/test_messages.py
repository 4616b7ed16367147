"""Messages of programs become text that a person could have written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.reading.messages import choose_case, plain_message
from lingraft.corpus.reading.wikitext import plain_wikitext


@pytest.mark.parametrize(
    ("message", "text", "has_gaps"),
    [
        ("Open &link in inco&gnito", "Open link in incognito", False),
        ("Datei (&F) öffnen", "Datei öffnen", False),
        ('See <a href="$1">the <b>help</b></a> &amp; more', "See the help & more", False),
        ("One<br>two<p>three</p>", "One two three", False),
        ("Hi $1, what's up?", "Hi, what's up?", True),
        ("$1 - Memory usage - $2", "Memory usage", True),
        ("Cameras ($1)", "Cameras", True),
        ("Move “$1” here ('$2').", "Move here.", True),
        ("{COUNT,plural, =1{a file}other{# files}}", "files", True),
        ("{0,plural, =0{now}other{in {1,select, a{x}other{some}} s}}", "in some s", False),
        ("Read {NAME} and {0, number, 0.0}", "Read and", True),
        ("Costs $5.99?", "Costs .99?", True),
        ("保存 $1，然后", "保存，然后", True),
        ("a < b and 2 > 1", "a < b and 2 > 1", False),
    ],
)
def test_plain_message(message: str, text: str, has_gaps: bool) -> None:
    plain = plain_message(message)
    assert (plain.text, plain.has_gaps) == (text, has_gaps)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("'''Bold''' and ''italic''", "Bold and italic"),
        ("[[Help:Links|the page]] and [[Plain]]", "the page and Plain"),
        ("[https://example.org a site], [$1 another]", "a site, another"),
        ("{{PLURAL:$1|one result is|$1 results are}} here", "results are here"),
        ("{{GENDER:$2|deactivated}} the tag", "deactivated the tag"),
        ("{{PLURAL:$2|0=None.|See {{PLURAL:$3|it|them}}.}}", "See them."),
        ("Back to {{SITENAME}}.", "Back to."),
        ("* one\n* two\n== Title ==", "one two Title"),
        ("Type <nowiki>[[x]]</nowiki> or <code>y</code>", "Type or y"),
        ("[[User:$1|]] wrote", "wrote"),
    ],
)
def test_plain_wikitext(message: str, text: str) -> None:
    assert plain_wikitext(message).text == text


@given(st.text(st.sampled_from("{}<>[]$&#'|,a1 \n=:pluralotherselect"), max_size=60))
def test_broken_markup_never_fails(text: str) -> None:
    assert isinstance(plain_message(text).text, str)
    assert isinstance(plain_wikitext(text).text, str)


def test_nested_forms_end() -> None:
    assert choose_case("{a,plural," * 50) is not None
