"""The encoder around a language model, and what others read from its folder."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from tests.unit.encoders.loss_samples import WIDTH, save_model
from tests.unit.encoders.tuning_samples import STAGE, recipe, save_decoder

from lingraft.config.checking import check_block
from lingraft.encoders.settings import TunedEncoder
from lingraft.encoders.student import make_student, write_student
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.measures.embed import open_embedder
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.models.loading import load_model
from lingraft.models.sentence_encoder import is_sentence_encoder, open_sentence_encoder

TEXTS = ["w1 w2 w3", "w4", "w5 w6 w7 w8 w9 w10 w11 w12"]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("bert"))


def states(folder: Path, text: str, layer: int = -1) -> np.ndarray:
    """Hidden states of one text by transformers alone, T x E."""
    model = load_model(folder)
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    with torch.inference_mode():
        found = model.base_model(ids, output_hidden_states=True).hidden_states[layer][0]
    return np.asarray(found.numpy(), dtype=np.float64)


@pytest.mark.parametrize(
    ("pooling", "pooled"),
    [
        ("mean", lambda states_TE: states_TE.mean(0)),
        ("cls", lambda states_TE: states_TE[0]),
        ("last", lambda states_TE: states_TE[-1]),
        ("max", lambda states_TE: states_TE.max(0)),
        ("weighted-mean", lambda s: np.average(s, axis=0, weights=np.arange(1, len(s) + 1))),
    ],
)
def test_pooling(bert: Path, pooling: str, pooled: object) -> None:
    student = make_student(bert, recipe(pooling=pooling))
    vectors_NE = student.encoder.eval().encode(TEXTS)
    for vector_E, text in zip(vectors_NE, TEXTS, strict=True):
        np.testing.assert_allclose(vector_E, pooled(states(bert, text)), atol=1e-5)  # type: ignore[operator]


def test_the_last_layers_are_averaged_and_vectors_normalized(bert: Path) -> None:
    student = make_student(bert, recipe(layers=2, normalize=True))
    (vector_E,) = student.encoder.eval().encode(TEXTS[:1])
    mean_E = np.mean([states(bert, TEXTS[0], layer).mean(0) for layer in (1, 2)], axis=0)
    np.testing.assert_allclose(vector_E, mean_E / np.linalg.norm(mean_E), atol=1e-5)


def test_layers_and_tokens_are_joined_as_in_dse(bert: Path, tmp_path: Path) -> None:
    student = make_student(bert, recipe(pooling={"layers": 2, "with_cls": False}))
    (vector_E,) = student.encoder.eval().encode(TEXTS[:1])
    joined_TE = np.concatenate([states(bert, TEXTS[0], layer) for layer in (1, 2)], axis=1)
    np.testing.assert_allclose(vector_E, joined_TE[1:].mean(0), atol=1e-5)
    write_student(student, tmp_path)
    assert modules_of(tmp_path)[-1].startswith("lingraft.encoders.modules.")
    np.testing.assert_allclose(embedded(tmp_path)[0], vector_E, atol=1e-5)
    trusted = SentenceTransformer(str(tmp_path), trust_remote_code=True)
    np.testing.assert_allclose(trusted.encode(TEXTS[0]), vector_E, atol=1e-5)


def test_duplex_vectors_have_what_the_tokens_say(bert: Path, tmp_path: Path) -> None:
    pooling = {"kind": "duplex", "reduced": 4, "kept": 3}
    student = make_student(bert, recipe(pooling=pooling))
    torch.nn.init.normal_(student.encoder[1].pooling.projection.weight)
    vectors_NE = student.encoder.eval().encode(TEXTS)
    model = load_model(bert)
    with torch.inference_mode():
        logits_TV = model(torch.tensor([student.tokenizer(TEXTS[0])["input_ids"]])).logits[0]
    said_V = logits_TV[1:].amax(0).clamp(min=0)
    said_V[said_V < said_V.topk(3).values[-1]] = 0
    np.testing.assert_allclose(vectors_NE[0, 4:], said_V, atol=1e-5)
    weight_RE = student.encoder[1].pooling.projection.weight.detach().numpy()
    np.testing.assert_allclose(vectors_NE[0, :4], weight_RE @ states(bert, TEXTS[0])[0], atol=1e-4)
    write_student(student, tmp_path)
    np.testing.assert_allclose(embedded(tmp_path), vectors_NE, atol=1e-5)
    open_sentence_encoder(tmp_path).save(str(tmp_path / "again"))
    again = open_sentence_encoder(tmp_path / "again")
    np.testing.assert_allclose(again.encode(TEXTS), vectors_NE, atol=1e-5)


def modules_of(folder: Path) -> list[str]:
    return [module["type"] for module in json.loads((folder / "modules.json").read_text())]


def embedded(folder: Path) -> np.ndarray:
    """The vectors that an evaluation computes, which reads the modules of the folder."""
    return open_embedder(folder, "cpu").embed(TEXTS, Embedding())


def test_named_poolings_need_no_lingraft(bert: Path, tmp_path: Path) -> None:
    write_student(make_student(bert, recipe(layers=2, normalize=True)), tmp_path)
    assert not [name for name in modules_of(tmp_path) if name.startswith("lingraft")]


def test_a_folder_is_a_language_model_and_an_encoder(bert: Path, tmp_path: Path) -> None:
    prompts = {"query": "w40 w41 ", "document": "w42 "}
    student = make_student(bert, recipe(normalize=True, prompts=prompts))
    write_student(student, tmp_path)
    assert is_sentence_encoder(tmp_path)
    assert not is_sentence_encoder(bert)
    plain = SentenceTransformer(str(tmp_path))
    np.testing.assert_allclose(
        plain.encode(TEXTS, prompt_name="query"),
        student.encoder.encode([prompts["query"] + text for text in TEXTS], prompt=""),
        atol=1e-6,
    )
    assert plain.max_seq_length == 16
    for name, tensor in load_model(bert).state_dict().items():
        torch.testing.assert_close(load_model(tmp_path).state_dict()[name], tensor, rtol=0, atol=0)


def test_texts_are_cut_where_the_recipe_says(bert: Path, tmp_path: Path) -> None:
    write_student(make_student(bert, recipe(maximum_length=8)), tmp_path)
    encoder = open_sentence_encoder(tmp_path)
    long, cut = " ".join(f"w{n}" for n in range(30)), " ".join(f"w{n}" for n in range(6))
    np.testing.assert_allclose(encoder.encode(long), encoder.encode(cut), atol=1e-6)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "gemma2"])
def test_opened_attention_sees_later_tokens_also_in_the_folder(kind: str, tmp_path: Path) -> None:
    source = save_decoder(tmp_path / "source", kind)
    ids_2L = torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, 8, 11]])

    def gap(encoder: object) -> float:
        with torch.inference_mode():
            states_2LE = encoder[0].model.eval()(ids_2L).last_hidden_state  # type: ignore[index]
        return float((states_2LE[0, 0] - states_2LE[1, 0]).abs().max())

    assert gap(make_student(source, recipe(pooling="last")).encoder) == 0
    opened = make_student(source, recipe(pooling="last", attention="bidirectional"))
    assert gap(opened.encoder) > 1e-3
    write_student(opened, tmp_path / "written")
    assert gap(SentenceTransformer(str(tmp_path / "written"))) > 1e-3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"attention": "bidirectional"}, "is for decoders"),
        ({"layers": 3}, "more than the model's 2"),
        ({"pooling": {"layers": 3}}, "more than the model's 2"),
        ({"pooling": {"kind": "duplex", "reduced": 17, "kept": 1}}, "model's hidden_size 16"),
        ({"pooling": {"kind": "duplex", "reduced": 1, "kept": 99}}, "model's vocab_size 65"),
        ({"maximum_length": 100}, "more than the 64 tokens"),
    ],
)
def test_recipes_that_do_not_fit_are_refused(bert: Path, settings: dict, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ConfigError, match=message):
        make_student(bert, recipe(**settings))


def test_a_decoder_has_no_duplex_vectors(tmp_path: Path) -> None:
    source = save_decoder(tmp_path, "gpt2")
    with pytest.raises(ConfigError, match="gpt2 is a decoder; choose another pooling"):
        make_student(source, recipe(pooling={"kind": "duplex", "reduced": 4, "kept": 3}))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": 2, "pooling": {"layers": 2}}, "layers has no effect where pooling is a block"),
        ({"pooling": {"kind": "layer"}}, "pooling.kind: 'layer' is unknown; did you mean 'layers'"),
        ({"pooling": "first"}, "pooling: Input should be 'mean', 'cls', 'last', 'max'"),
        ({"pooling": {"kind": "duplex", "kept": 3}}, r"pooling\.reduced is missing"),
    ],
)
def test_poolings_that_cannot_be_are_refused(settings: dict, message: str) -> None:  # type: ignore[type-arg]
    content = {"stages": [STAGE], **settings}
    with pytest.raises(ConfigError, match=message):
        check_block(TunedEncoder, content, "settings")


def test_code_of_a_folder_is_not_run(bert: Path, tmp_path: Path) -> None:
    write_student(make_student(bert, recipe()), tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    modules[1]["type"] = "evil.Pooling"
    (tmp_path / "evil.py").write_text("raise SystemExit('run')")
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(InputError, match=r"names evil\.Pooling, code that lingraft does not run"):
        open_sentence_encoder(tmp_path)
    (tmp_path / "modules.json").write_text("[{")
    with pytest.raises(InputError, match="is damaged"):
        open_sentence_encoder(tmp_path)


def test_vectors_have_the_width_of_the_model(bert: Path) -> None:
    assert make_student(bert, recipe()).encoder.get_embedding_dimension() == WIDTH
