"""Corpora end to end: what is dropped, where the rest goes, and that nothing leaks."""

import json
from pathlib import Path

import pytest

from lingraft.artifacts import read_manifest, verify
from lingraft.corpus.documents import read_documents, read_json_lines, read_pairs
from lingraft.corpus.settings import Corpus
from lingraft.corpus.splitting import fold
from lingraft.corpus.stage import prepare_corpus
from lingraft.errors import ArtifactError, ConfigError, InputError

TINY = Path(__file__).parents[2] / "data" / "tiny"
ADJECTIVES = ["red", "blue", "old", "new", "big", "small", "warm", "cold", "long", "short"]
NOUNS = ["file", "page", "tab", "window", "list", "key", "book", "road", "boat", "tree"]
MESSAGES = {
    f"{adjective}-{noun}": f"Open the {adjective} {noun}"
    for adjective in ADJECTIVES
    for noun in NOUNS
}


def _texts(corpus: Path, part: str) -> dict[str, str]:
    return {found.id: found.text for found in read_documents(corpus / f"{part}.jsonl.zst")}


def _statistics(corpus: Path) -> dict:
    return json.loads((corpus / "statistics.json").read_text())


def test_every_message_is_in_one_part(make_corpus) -> None:
    corpus = make_corpus(MESSAGES, held_out={"fraction": 0.2})
    train, valid = _texts(corpus, "train"), _texts(corpus, "valid")
    assert train | valid == MESSAGES
    assert not train.keys() & valid.keys()
    assert 5 < len(valid) < 40
    statistics = _statistics(corpus)
    assert statistics["splits"]["train"]["documents"] == len(train)
    assert statistics["splits"]["valid"]["bytes"] == sum(map(len, valid.values()))
    assert verify(corpus, "corpus").facts.language == "eng_Latn"
    assert read_manifest(corpus).facts.licenses == {"english": "CC0-1.0"}


def test_the_same_input_gives_the_same_bytes(make_corpus, tmp_path: Path) -> None:
    first = read_manifest(make_corpus(MESSAGES)).digest
    assert read_manifest(make_corpus(MESSAGES)).digest == first


def test_what_is_dropped_is_counted(make_corpus) -> None:
    long = "long " * 1000
    lines = [
        *(json.dumps({"id": key, "text": text}).encode() for key, text in MESSAGES.items()),
        b'{"id": "twice", "text": "Open the red file"}',
        b'{"id": "none", "text": "12 %"}',
        b'{"id": "latin1", "text": "caf\xe9 latte"}',
        json.dumps({"id": "long", "text": long}).encode(),
        b'{"id": "crlf", "text": "Some text\\r\\nwith breaks"}\r',
    ]
    corpus = make_corpus(b"\xef\xbb\xbf" + b"\n".join(lines), cleaning={"maximum_bytes": 4000})
    cleaning = _statistics(corpus)["cleaning"]
    assert cleaning["read"] == 105
    for reason in ("duplicates", "too_few_letters", "invalid_utf8", "too_long"):
        assert cleaning[f"dropped_{reason}"] == 1, reason
    texts = _texts(corpus, "train") | _texts(corpus, "valid")
    assert texts["crlf"] == "Some text\nwith breaks"
    assert "twice" not in texts


def test_a_translation_follows_its_pivot(make_corpus) -> None:
    english = make_corpus(MESSAGES, held_out={"fraction": 0.2})
    german = {key: text.replace("Open the", "Öffne:") for key, text in MESSAGES.items()}
    german["red-file"] = MESSAGES["red-file"]  # untranslated
    corpus = make_corpus(german, "german", english, language="deu_Latn")
    english_valid, valid = _texts(english, "valid"), _texts(corpus, "valid")
    train = _texts(corpus, "train")
    assert valid.keys() <= english_valid.keys()
    assert not train.keys() & english_valid.keys()
    assert "red-file" not in train | valid
    pairs = list(read_pairs(corpus / "parallel.jsonl.zst"))
    assert {pair.id for pair in pairs} == train.keys()
    assert all(MESSAGES[pair.id] == pair.source for pair in pairs)
    assert _statistics(corpus)["cleaning"]["dropped_untranslated"] == 1


def test_ids_that_the_pivot_lacks_are_split_by_their_own_text(make_corpus) -> None:
    english = make_corpus(MESSAGES)
    own = {f"own-{i}": f"Neu {chr(97 + i % 26)}{chr(97 + i // 26)} Wort" for i in range(300)}
    german = {key: f"Übersetzt: {text}" for key, text in MESSAGES.items()} | own
    corpus = make_corpus(german, "german", english, held_out={"fraction": 0.3})
    held_out = [key for key in _texts(corpus, "valid") if key.startswith("own-")]
    assert 60 < len(held_out) < 120


def test_a_repeated_text_still_makes_its_own_pair(make_corpus) -> None:
    messages = MESSAGES | {"verb": "Open", "adjective": "Opened", "same": "Open"}
    english = make_corpus(messages, held_out={"fraction": 0.05})
    partition = {line["id"]: line for line in read_json_lines(english / "partition.jsonl.zst")}
    assert partition["same"] == {"id": "same", "part": partition["verb"]["part"], "same": "verb"}
    german = {key: f"Übersetzt {key}" for key in MESSAGES}
    german |= {"verb": "Offen", "adjective": "Offen", "same": "Offen"}
    corpus = make_corpus(german, "german", english)
    pairs = [(pair.source, pair.target) for pair in read_pairs(corpus / "parallel.jsonl.zst")]
    assert pairs.count(("Open", "Offen")) == 1
    assert pairs.count(("Opened", "Offen")) == 1
    assert list(_texts(corpus, "train").values()).count("Offen") == 1


def _overlap(texts, others) -> set[str]:
    return {fold(text) for text in texts} & {fold(text) for text in others}


def test_no_leak_with_near_duplicates_across_sources(write_download, tmp_path: Path) -> None:
    """Real grammar, three languages, each message again with other digits, case and signs."""
    corpora: dict[str, Path] = {}
    for name, language in (("english", "eng"), ("swahili", "swh"), ("german", "deu")):
        lines = [json.loads(line) for line in (TINY / f"{name}.jsonl").read_text().splitlines()]
        near = [
            {"id": f"near/{n}", "text": line["text"].upper().replace("2", "7") + " !"}
            for n, line in enumerate(lines)
        ]
        files = {"a.jsonl": lines, "b.jsonl": near}
        content = {k: "\n".join(map(json.dumps, v)) for k, v in files.items()}
        download = write_download(name, **content)
        text = {"source": name, "format": "jsonl", "id_field": "id"}
        block = {"language": f"{language}_Latn", "texts": [text], "held_out": {"fraction": 0.2}}
        pivot = corpora.get("english")
        settings = Corpus.model_validate(block | ({"pivot": "english"} if pivot else {}))
        corpora[name] = tmp_path / "corpora" / name
        prepare_corpus(name, settings, {name: download}, pivot, corpora[name])
    held_out_english = _texts(corpora["english"], "valid").values()
    assert len(held_out_english) > 100
    for corpus in corpora.values():
        train, valid = _texts(corpus, "train"), _texts(corpus, "valid")
        assert len(valid) > 100
        assert not _overlap(train.values(), valid.values())
    for name in ("swahili", "german"):
        valid = _texts(corpora[name], "valid")
        pairs = list(read_pairs(corpora[name] / "parallel.jsonl.zst"))
        assert len(pairs) > 500
        assert not _overlap((pair.source for pair in pairs), held_out_english)
        assert not _overlap((pair.target for pair in pairs), valid.values())


@pytest.mark.parametrize(
    ("texts", "block", "message"),
    [
        ({}, {}, "gives no text"),
        ({"a": "1"}, {}, "none left after cleaning"),
        ({"a": "only this"}, {"held_out": {"fraction": 0.01}}, "has no held-out text"),
        ({"a": "only this"}, {"held_out": {"fraction": 0.999}}, "has no training text"),
        (b'{"id": 1}', {}, "line 1 has no field 'text'"),
        (b"[1]", {}, "line 1 is not an object of JSON"),
        (b'{"id": 1', {}, "line 1 is not valid JSON"),
        (b'{"id": 1, "text": ["x"]}', {}, "field 'text' must be a text, but it is a list"),
        (b'{"id": 1, "text": "aa"}\n{"id": 1, "text": "bb"}', {}, "two documents have the id '1'"),
    ],
)
def test_unusable_input_is_one_clear_line(
    make_corpus, tmp_path: Path, texts, block: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make_corpus(texts, **block)
    assert not (tmp_path / "corpora" / "english" / "manifest.json").exists()
    assert list((tmp_path / "corpora").iterdir()) == []


def test_a_pivot_without_common_ids_is_refused(make_corpus) -> None:
    english = make_corpus(MESSAGES)
    with pytest.raises(InputError, match="shares no document id with its pivot english"):
        make_corpus(
            {f"x{key}": f"Wort {text}" for key, text in MESSAGES.items()}, "german", english
        )


def test_pivot_and_downloads_must_fit_the_settings(make_corpus, tmp_path: Path) -> None:
    english = make_corpus(MESSAGES)
    text = {"source": "absent", "format": "text"}
    plain = Corpus.model_validate({"language": "deu_Latn", "texts": [text]})
    with pytest.raises(ConfigError, match="needs no pivot"):
        prepare_corpus("german", plain, {}, english, tmp_path / "out")
    with pytest.raises(ConfigError, match="needs the download of source absent"):
        prepare_corpus("german", plain, {}, None, tmp_path / "out")


def test_a_damaged_download_is_refused(make_corpus, tmp_path: Path) -> None:
    make_corpus(MESSAGES)
    file = tmp_path / "downloads" / "english" / "files" / "text.jsonl"
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    text = {"source": "english", "format": "jsonl"}
    settings = Corpus.model_validate({"language": "eng_Latn", "texts": [text]})
    with pytest.raises(ArtifactError, match=r"text\.jsonl"):
        prepare_corpus("e", settings, {"english": file.parents[1]}, None, tmp_path / "out")


def test_messages_equal_to_the_pivots_are_kept_if_wanted(make_corpus) -> None:
    english = make_corpus(MESSAGES)
    german = {key: text.replace("Open the", "Öffne:") for key, text in MESSAGES.items()}
    german["red-file"] = MESSAGES["red-file"]  # a product name, for example
    kept = {"drop_untranslated": False}
    corpus = make_corpus(german, "german", english, cleaning=kept)
    assert "red-file" in _texts(corpus, "train") | _texts(corpus, "valid")


@pytest.mark.parametrize(("deduplicate", "more"), [(True, 0), (False, 1)])
def test_repetitions_are_kept_if_wanted(make_corpus, deduplicate: bool, more: int) -> None:
    messages = MESSAGES | {"twice": MESSAGES["red-file"]}
    corpus = make_corpus(messages, cleaning={"deduplicate": deduplicate})
    found = _texts(corpus, "train") | _texts(corpus, "valid")
    assert len(found) == len(MESSAGES) + more
