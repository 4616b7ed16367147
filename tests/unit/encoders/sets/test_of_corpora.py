"""Sets from the training part of corpora: translations, titles, texts."""

from pathlib import Path

import pytest
from tests.unit.encoders.set_samples import make_corpus, read_set, texts_of

from lingraft.corpus.documents import Document, Pair
from lingraft.encoders.data.sentences import split_sentences
from lingraft.errors import InputError


def heading(page: str, number: int, text: str) -> Document:
    return Document(f"help/{page}#hd_{number}", text, {"group": f"help/{page}"})


def paragraph(page: str, number: int, text: str) -> Document:
    return Document(f"help/{page}#par_{number}", text, {"group": f"help/{page}"})


def test_translations_come_from_parallel_text(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "sw", [], parallel=[Pair("1", "Yes", "Ndiyo")])
    settings = {"kind": "translations", "corpora": ["swahili"]}
    (example,) = read_set(settings, corpora={"swahili": corpus})
    assert (example.id, example.texts, example.language) == ("1", ("Yes", "Ndiyo"), "swh_Latn")


def test_a_corpus_without_a_pivot_has_no_translations(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "en", [])
    settings = {"kind": "translations", "corpora": ["english"]}
    with pytest.raises(InputError, match="'english' has no parallel text: it needs a pivot"):
        read_set(settings, corpora={"english": corpus})
    with pytest.raises(InputError, match="needs 'english'; give it by `corpora=english=DIR`"):
        read_set(settings)


def test_a_title_is_the_heading_in_front_or_in_the_metadata(tmp_path: Path) -> None:
    documents = [
        heading("a", 1, "Printing"),
        heading("a", 2, "Printing a page"),
        paragraph("a", 3, "Choose Print."),
        paragraph("a", 4, "Wait."),
        heading("a", 5, "See also"),
        paragraph("b", 6, "This page has lost its heading."),
        Document("wiki/1", "Nairobi is a city.", {"title": "Nairobi"}),
        Document("wiki/2", "A text without a title.", {"title": None}),
    ]
    corpus = make_corpus(tmp_path / "en", documents)
    found = read_set({"kind": "titles", "corpora": ["en"]}, corpora={"en": corpus})
    assert texts_of(found) == [
        ("Printing a page", "Choose Print."),
        ("Nairobi", "Nairobi is a city."),
    ]


def test_texts_are_documents_or_sentences(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "sw", [Document("1", "Ndiyo. La!"), Document("2", "Labda")])
    settings = {"kind": "texts", "corpora": ["sw"]}
    found = read_set(settings, corpora={"sw": corpus})
    assert texts_of(found) == [("Ndiyo. La!",), ("Labda",)]
    sentences = read_set(settings | {"unit": "sentence"}, corpora={"sw": corpus})
    assert texts_of(sentences) == [("Ndiyo.",), ("La!",), ("Labda",)]
    assert [example.id for example in sentences] == ["1/0", "1/1", "2/0"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            'He said "Go!" It cost 3.5 m. Why?',
            ['He said "Go!"', "It cost 3.5 m.", "Why?"],
        ),
        ("你好。我很好！「是吗？」对", ["你好。", "我很好！", "「是吗？」", "对"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        ("One line\n\nanother", ["One line", "another"]),
        (" ", []),
    ],
)
def test_sentences_end_with_the_marks_of_their_script(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences
