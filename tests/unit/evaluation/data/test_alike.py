"""Labelled data reaches a model as its own text was written, whatever a task reads."""

import json
from pathlib import Path

import pytest
from evaluation_samples import save_causal_model, save_masked_model, write_records
from tests.shifted_normalizer import Shift, declare

from lingraft.artifacts import new_artifact
from lingraft.corpus.documents import ORIGINAL
from lingraft.corpus.normalizing import NormalizerMark, TextDoor, mark_of
from lingraft.corpus.records import read_records
from lingraft.errors import InputError
from lingraft.evaluation.data.alike import AlikeFolders
from lingraft.evaluation.data.tag_files import read_sentences
from lingraft.evaluation.results import read_predictions
from lingraft.evaluation.stage import run_task
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.tasks.agreement import Agreement
from lingraft.evaluation.tasks.language_model import LanguageModel
from lingraft.evaluation.tasks.mteb import Mteb
from lingraft.evaluation.tasks.samples import WrittenSamples

HINDI, WRITTEN = "कख ग।", Shift().normalize("कख ग।")


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> NormalizerMark:
    return mark_of(declare(monkeypatch))


@pytest.fixture
def alike(mark: NormalizerMark) -> AlikeFolders:
    return AlikeFolders(TextDoor(mark, "model"))


@pytest.mark.parametrize(
    "record, expected",
    [
        ({"id": HINDI, "text": HINDI, "label": HINDI}, {"text": WRITTEN}),
        ({"premise": HINDI, "hypothesis": HINDI}, {"premise": WRITTEN, "hypothesis": WRITTEN}),
        ({"words": [HINDI, "ग"], "tags": ["क", "O"]}, {"words": [WRITTEN, Shift().normalize("ग")]}),
        ({"query": HINDI, "documents": [HINDI], "relevance": [1]},
         {"query": WRITTEN, "documents": [WRITTEN]}),
        ({"source": HINDI, "target": HINDI}, {"target": WRITTEN}),
        ({"right": HINDI, "wrong": "ग", "kind": HINDI, "group": HINDI},
         {"right": WRITTEN, "wrong": Shift().normalize("ग")}),
        ({"first": HINDI, "second": HINDI, "score": 1.5}, {"first": WRITTEN, "second": WRITTEN}),
    ],
)  # fmt: skip
def test_texts_are_written_anew_and_the_rest_stays(
    tmp_path: Path, alike: AlikeFolders, record: dict, expected: dict
) -> None:
    write_records(tmp_path / "hin_Deva" / "test.jsonl", [record])
    copies = alike.of({"hin_Deva": tmp_path / "hin_Deva"})
    assert list(read_records(copies["hin_Deva"], "test")) == [record | expected]
    assert alike.of({"hin_Deva": tmp_path / "hin_Deva"}) == copies  # written once


def test_a_pair_of_languages(tmp_path: Path, alike: AlikeFolders) -> None:
    write_records(tmp_path / "test.jsonl", [{"first": "page", "second": HINDI}])
    (copy,) = alike.of({"eng_Latn-hin_Deva": tmp_path}).values()
    assert list(read_records(copy, "test")) == [{"first": "page", "second": WRITTEN}]


def test_files_of_tagged_words(tmp_path: Path, alike: AlikeFolders) -> None:
    (tmp_path / "test.conll").write_text("क O\nख B\n\n", "utf-8")
    (copy,) = alike.of({"hin_Deva": tmp_path}).values()
    assert read_sentences(copy, "test")[0].words == tuple(map(Shift().normalize, "कख"))
    (tmp_path / "test.conll").rename(tmp_path / "notes.md")
    with pytest.raises(InputError, match="has no records whose text"):
        AlikeFolders(TextDoor(alike._door.mark, "model")).of({"hin_Deva": tmp_path})


def test_other_languages_and_models_without_a_normalizer_get_the_folder_itself(
    tmp_path: Path, alike: AlikeFolders
) -> None:
    assert alike.of({"eng_Latn": tmp_path}) == {"eng_Latn": tmp_path}
    assert AlikeFolders(TextDoor({}, "model")).of({"hin_Deva": tmp_path}) == {"hin_Deva": tmp_path}


def _corpus(folder: Path, mark: NormalizerMark) -> Path:
    facts = {"language": "hin_Deva"} | ({"normalizer": mark} if mark else {})
    with new_artifact(folder, "corpus", facts=facts) as out:
        record = {"id": "1", "text": WRITTEN, "metadata": {ORIGINAL: HINDI}}
        write_records(out / "valid.jsonl", [record])
        write_records(out / "train.jsonl", [record])
    return folder


@pytest.fixture
def model(tmp_path: Path, mark: NormalizerMark) -> Path:
    """A model whose tokenizer learned normalized text."""
    return _with_mark(save_masked_model(tmp_path / "model"), mark)


def _with_mark(folder: Path, mark: NormalizerMark) -> Path:
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"text_normalizer": mark}))
    return folder


def test_a_model_reads_no_other_text(tmp_path: Path, model: Path, mark: NormalizerMark) -> None:
    task = LanguageModel(documents=5)
    raw = ModelSubject(model, corpora={"hindi": _corpus(tmp_path / "raw", {})})
    with pytest.raises(InputError, match=r"corpora/hindi .*has the normalizer none, and .*model"):
        run_task(task, raw, tmp_path / "result.json")
    with pytest.raises(InputError, match="mteb brings texts of its own"):
        run_task(Mteb(tasks=["STS22"]), ModelSubject(model), tmp_path / "result.json")
    assert not (tmp_path / "result.json").exists()


def test_bits_are_of_the_bytes_that_people_wrote(
    tmp_path: Path, model: Path, mark: NormalizerMark
) -> None:
    subject = ModelSubject(model, corpora={"hindi": _corpus(tmp_path / "same", mark)})
    run_task(LanguageModel(documents=5), subject, tmp_path / "result.json")
    lines = read_records(tmp_path, "result.predictions")
    (line,) = (record for record in lines if record.get("id") == "1" and "system" not in record)
    assert line["bytes"] == len(HINDI.encode())


def test_the_source_model_reads_what_people_wrote(
    tmp_path: Path, model: Path, mark: NormalizerMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lingraft.evaluation.measures import source_losses

    read = []

    def losses(model, tokenizer, documents, measure):  # type: ignore[no-untyped-def]
        read.extend(document.text for document in documents)
        return {"losses": [], "note": ""}

    monkeypatch.setattr(source_losses, "source_losses", losses)
    source = save_masked_model(tmp_path / "source", seed=1)
    corpora = {"hindi": _corpus(tmp_path / "same", mark)}
    subject = ModelSubject(model, source_model=source, corpora=corpora)
    run_task(LanguageModel(documents=5), subject, tmp_path / "result.json")
    assert read == [HINDI]


def test_the_source_model_prefers_among_what_people_wrote(
    tmp_path: Path, model: Path, mark: NormalizerMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lingraft.evaluation.measures import sentence_likelihood

    cut, read = sentence_likelihood.cut_sentences, []

    def cut_sentences(model, tokenizer, texts, prefix):  # type: ignore[no-untyped-def]
        read.append(list(texts))
        return cut(model, tokenizer, texts, prefix)

    monkeypatch.setattr(sentence_likelihood, "cut_sentences", cut_sentences)
    write_records(tmp_path / "pairs/hin_Deva/test.jsonl", [{"right": HINDI, "wrong": "ग"}])
    source = save_masked_model(tmp_path / "source", seed=1)
    subject = ModelSubject(model, source_model=source, data={"pairs": tmp_path / "pairs"})
    run_task(Agreement(data="pairs"), subject, tmp_path / "result.json")
    assert read == [[WRITTEN, Shift().normalize("ग")], [HINDI, "ग"]]


def test_the_source_model_continues_what_people_wrote(
    tmp_path: Path, mark: NormalizerMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lingraft.evaluation.measures import continuations

    read = []

    def continued(model, tokenizer, prompt, tokens):  # type: ignore[no-untyped-def]
        read.append(prompt)
        return ""

    monkeypatch.setattr(continuations, "continued", continued)
    folder = _with_mark(save_causal_model(tmp_path / "model"), mark)
    source = save_causal_model(tmp_path / "source", seed=1)
    corpora = {"hindi": _corpus(tmp_path / "same", mark)}
    subject = ModelSubject(folder, source_model=source, corpora=corpora)
    run_task(WrittenSamples(prompt_characters=3), subject, tmp_path / "result.json")
    assert read == [WRITTEN.split()[0], HINDI.split()[0]]


def test_samples_are_shown_as_people_write(
    tmp_path: Path, mark: NormalizerMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the model wrote is kept beside; a source model writes as people do already."""
    from lingraft.evaluation.measures import continuations

    written = {WRITTEN.split()[0]: Shift().normalize("कख"), HINDI.split()[0]: "Ā"}
    monkeypatch.setattr(continuations, "continued", lambda *given: written[given[2]])
    folder = _with_mark(save_causal_model(tmp_path / "model"), mark)
    source = save_causal_model(tmp_path / "source", seed=1)
    corpora = {"hindi": _corpus(tmp_path / "same", mark)}
    subject = ModelSubject(folder, source_model=source, corpora=corpora)
    run_task(WrittenSamples(prompt_characters=3), subject, tmp_path / "result.json")
    own, other = read_predictions(tmp_path / "result.predictions.jsonl.zst")
    assert (own["prompt"], own["generated"]) == (Shift().invert(WRITTEN.split()[0]), "कख")
    assert own["generated_as_read"] == Shift().normalize("कख")
    assert own["real"] == Shift().invert(WRITTEN)[len(own["prompt"]) :]
    assert (other["prompt"], other["generated"]) == (HINDI.split()[0], "Ā")
    assert "generated_as_read" not in other
