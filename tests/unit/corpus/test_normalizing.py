"""A corpus with a normalizer: what it holds, what it says, and the door for other text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.shifted_normalizer import Shift, Shifted, declare

from lingraft.artifacts import CorpusFacts, open_artifact, read_manifest
from lingraft.corpus import normalizing
from lingraft.corpus.documents import Document, read_documents, read_pairs
from lingraft.corpus.normalizing import (
    TextDoor,
    common_mark,
    described,
    mark_of,
    normalizer_of,
    require_same_text,
)
from lingraft.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
MakeCorpus = Callable[..., Path]
LETTERS = "अआइईउऊएऐओऔकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह"
TEXTS = {
    f"t{i}": f"{LETTERS[i % 30]}{LETTERS[i // 3]}{LETTERS[7 * i % 31]} Hello {LETTERS[i % 11]}।"
    for i in range(80)
}


@pytest.fixture(autouse=True)
def shifted(monkeypatch: pytest.MonkeyPatch) -> Shifted:
    """A normalizer that needs no package."""
    return declare(monkeypatch)


@pytest.fixture
def settings_with(monkeypatch: pytest.MonkeyPatch, shifted: Shifted) -> None:
    """Every corpus of Devanagari gets it."""
    from lingraft.corpus.settings import Corpus

    kept = Corpus.model_validate

    def validate(content: Any, **more: Any) -> Corpus:
        corpus = kept(content, **more)
        own = {"normalizer": shifted} if shifted.covers(corpus.language) else {}
        return corpus.model_copy(update=own)

    monkeypatch.setattr(Corpus, "model_validate", validate)


def _texts(corpus: Path, part: str) -> dict[str, Any]:
    return {found.id: found for found in read_documents(corpus / f"{part}.jsonl.zst")}


def test_text_is_written_anew_and_keeps_its_original(
    make_corpus: MakeCorpus, settings_with: None
) -> None:
    corpus = make_corpus(TEXTS, language="hin_Deva", held_out={"fraction": 0.2})
    documents = _texts(corpus, "train") | _texts(corpus, "valid")
    assert {key: found.original for key, found in documents.items()} == TEXTS
    assert {found.text for found in documents.values()} == set(
        map(Shift().normalize, TEXTS.values())
    )
    assert all(found.bytes == len(TEXTS[key].encode()) for key, found in documents.items())
    facts = open_artifact(corpus, CorpusFacts).facts
    assert facts.normalizer["name"] == "shifted"
    told = json.loads((corpus / "statistics.json").read_text())["normalizer"]
    assert told["latin_words"] == 80 and told["whole_texts"] == 0
    assert told["lost_most"] == {"U+0964 ।": 80}
    assert told["lost_characters"] == pytest.approx(80 / sum(map(len, TEXTS.values())), abs=1e-6)
    assert told["original_bytes"] == sum(len(text.encode()) for text in TEXTS.values())


def test_the_split_is_that_of_the_original_text(
    make_corpus: MakeCorpus, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    block = {"language": "hin_Deva", "held_out": {"fraction": 0.2}}
    plain = make_corpus(TEXTS, name="plain", **block)
    request.getfixturevalue("settings_with")
    other = make_corpus(TEXTS, name="other", **block)
    assert _texts(plain, "valid").keys() == _texts(other, "valid").keys()


def test_texts_that_become_one_are_one(make_corpus: MakeCorpus, settings_with: None) -> None:
    """Two texts that differ in what is lost alone are never on both sides of the split."""
    twins = {f"{key}-twin": text.replace("।", "") for key, text in TEXTS.items()}
    corpus = make_corpus(TEXTS | twins, language="hin_Deva", held_out={"fraction": 0.2})
    train = {found.text for found in _texts(corpus, "train").values()}
    valid = {found.text for found in _texts(corpus, "valid").values()}
    assert not train & valid and len(train) + len(valid) == len(TEXTS)


def test_pairs_and_untranslated_messages(make_corpus: MakeCorpus, settings_with: None) -> None:
    english = {f"t{i}": f"Open {chr(97 + i % 26)}{chr(97 + i // 26)} page" for i in range(80)}
    pivot = make_corpus(english, held_out={"fraction": 0.2})
    hindi = TEXTS | {"t3": english["t3"]}
    corpus = make_corpus(hindi, name="hindi", language="hin_Deva", pivot=pivot)
    pairs = {pair.id: pair for pair in read_pairs(corpus / "parallel.jsonl.zst")}
    assert "t3" not in pairs and "t3" not in _texts(corpus, "train")
    for key, pair in pairs.items():
        assert (pair.source, pair.target) == (english[key], Shift().normalize(TEXTS[key]))


def test_without_a_normalizer_nothing_changes(make_corpus: MakeCorpus) -> None:
    """An explicit `none` gives the bytes and the manifest of no key at all."""
    plain = make_corpus(TEXTS, name="same", language="hin_Deva")
    first = read_manifest(plain)
    again = read_manifest(
        make_corpus(TEXTS, name="same", language="hin_Deva", normalizer={"name": "none"})
    )
    assert (first.digest, first.settings) == (again.digest, again.settings)
    assert "normalizer" not in first.facts.as_json()


def test_marks(shifted: Shifted) -> None:
    mark = mark_of(shifted)
    assert normalizer_of(mark, "here") == shifted
    assert described(mark).startswith("shifted (pytest ") and described({}) == "none"
    with pytest.raises(InputError, match="'gone', which this version does not know"):
        normalizer_of({"name": "gone"}, "here")


def test_text_is_written_by_the_same_tables_or_not_at_all(
    shifted: Shifted, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = mark_of(shifted) | {"package": "pytest 0"}
    door = TextDoor(older, "here")
    assert door.text("page", "eng_Latn") == "page"  # needs no tables
    with pytest.raises(InputError, match=r"here is normalized by pytest 0, and pytest .* is"):
        door.text("क", "hin_Deva")
    monkeypatch.setattr(Shifted, "package", "not-there")
    gone = mark_of(shifted) | {"package": "not-there 1.0"}
    with pytest.raises(InputError, match=r"not installed: pip install not-there==1\.0, or"):
        TextDoor(gone, "here").text("क", "hin_Deva")
    # What was made with equal tables meets without them; other text is told apart without them.
    require_same_text(gone, "corpus", gone, "model", "hin_Deva")
    with pytest.raises(InputError, match=r"has the normalizer shifted .* and model has none"):
        require_same_text(gone, "corpus", {}, "model", "hin_Deva")
    with pytest.raises(InputError, match=r"by not-there 1\.0, and model by not-there 2: make both"):
        other = gone | {"package": "not-there 2"}
        require_same_text(gone, "corpus", other, "model", "hin_Deva")


def test_rules_that_changed_write_no_text_for_what_was_made_before(
    shifted: Shifted, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mark_of(shifted)
    monkeypatch.setattr(Shifted, "revision", 2)
    now = mark_of(shifted)
    assert now["revision"] == 2 and described(now).endswith(", revision 2)")
    assert normalizer_of(now, "here") == shifted
    assert TextDoor(now, "here").text("क", "hin_Deva") == Shift().normalize("क")
    with pytest.raises(InputError, match="rules of shifted that were changed since: make the"):
        TextDoor(before, "old model").text("क", "hin_Deva")
    with pytest.raises(InputError, match=r"and new by pytest \S+, revision 2: make both again"):
        require_same_text(before, "old", now, "new", "hin_Deva")


def test_text_of_no_known_language_is_not_taken_as_it_is(shifted: Shifted) -> None:
    mark = mark_of(shifted)
    require_same_text({}, "corpora/hindi (plain)", {}, "model", "hindi")
    with pytest.raises(InputError, match=r"'hindi' is not the code of a language.*hin_Deva=FOLDER"):
        require_same_text({}, "corpora/hindi (plain)", mark, "model", "hindi")
    require_same_text({}, "corpora/eng_Latn (plain)", mark, "model", "eng_Latn")


def test_texts_of_one_thing_are_written_alike(shifted: Shifted) -> None:
    mark = mark_of(shifted)
    texts = {"hindi": (mark, "hin_Deva"), "english": ({}, "eng_Latn")}
    assert common_mark(texts) == mark  # English is English either way
    assert common_mark({"english": ({}, "eng_Latn")}) == {}
    with pytest.raises(InputError, match=r"marathi \(mar_Deva\) has the normalizer none"):
        common_mark(texts | {"marathi": ({}, "mar_Deva")})


def test_the_door(shifted: Shifted) -> None:
    door = TextDoor(mark_of(shifted), "model")
    written = door.text("कख Hello।", "hin_Deva")
    assert written == Shift().normalize("कख Hello।")
    assert door.original(written, "hin_Deva") == "कख Hello"
    assert door.text("page।", "eng_Latn") == "page।"
    assert door.values(["क", 1, ["ख"]], "hin_Deva") == [
        door.text("क", "hin_Deva"),
        1,
        [door.text("ख", "hin_Deva")],
    ]
    assert door.fingerprint and not TextDoor({}, "model").fingerprint
    assert TextDoor({}, "model").text("क।", "hin_Deva") == "क।"
    assert normalizing.Normalizing(shifted, "hin_Deva").mark == door.mark


@pytest.mark.parametrize(
    ("language", "foreign"),
    [("zho_Hans", 2), ("jpn_Jpan", 1), ("kor_Kore", 1), ("hin_Deva", 3), ("art_Qaaa", None)],
)
def test_letters_of_other_scripts(shifted: Shifted, language: str, foreign: int | None) -> None:
    text = {"zho_Hans": "新 あア a", "jpn_Jpan": "新あア а a", "kor_Kore": "新한 а a"}
    found = normalizing.Normalizing(shifted, language)
    found._rules = Shift()
    found.document(Document("1", text.get(language, "新한а a"), {}))
    assert found.losses().get("letters_of_other_scripts") == foreign


def test_chinese_text_without_a_normalizer(make_corpus: MakeCorpus) -> None:
    texts = {
        f"{i}": f"新的语言{one}" for i, one in enumerate("模型学习一门天地玄黄宇宙洪荒日月盈昃")
    }
    corpus = make_corpus(texts, language="zho_Hans", held_out={"fraction": 0.3})
    documents = _texts(corpus, "train") | _texts(corpus, "valid")
    assert {key: found.text for key, found in documents.items()} == texts
