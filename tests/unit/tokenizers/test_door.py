"""A tokenizer is what its file says: read here, and read again by plain transformers."""

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models
from tokenizers import normalizers as n
from tokenizers import pre_tokenizers as p
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from lingraft.errors import InputError
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.tokenizers.saving import write_tokenizer

ROOT = Path(__file__).parents[3]
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
ROLES = {
    "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>",
    "unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>",
}  # fmt: skip
LETTERS = "\u2581abcdefghijklmnopqrstuvwxyzABC\u0120 "
TEXTS = ["The Cat  sat", " a b ", "Cafe\u0301 1234 don't", "\u4e2d \ufb01x", "abc<mask>de"]


def bpe(**options: Any) -> models.BPE:
    tokens = [*SPECIALS, *dict.fromkeys([*LETTERS, *p.ByteLevel.alphabet()]), "ab"]
    ids = {token: index for index, token in enumerate(sorted(tokens))}
    return models.BPE(vocab=ids, merges=[("a", "b")], unk_token="<unk>", **options)


def unigram(unknown: int) -> models.Unigram:
    pieces = [(token, 0.0) for token in SPECIALS] + [(letter, -3.0) for letter in LETTERS[:-1]]
    order = [*pieces[3:4], *pieces[:3], *pieces[4:]] if unknown == 0 else pieces
    return models.Unigram(order, unknown, False)


def wordpiece() -> models.WordPiece:
    tokens = [*SPECIALS, *LETTERS[1:-2], *(f"##{letter}" for letter in LETTERS[1:-2])]
    return models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token="<unk>")


def built(model: Any, normalizer: Any, cutter: Any, decoder: Any, *added: Any) -> Tokenizer:
    backend = Tokenizer(model)
    if normalizer is not None:
        backend.normalizer = normalizer
    if cutter is not None:
        backend.pre_tokenizer = cutter
    backend.decoder = decoder
    backend.add_special_tokens([AddedToken(t, normalized=False) for t in SPECIALS])
    backend.add_tokens(list(added))
    return backend


PIPELINES = {
    "lower case": built(
        bpe(), n.Sequence([n.NFKC(), n.Lowercase()]), p.ByteLevel(False), decoders.ByteLevel()
    ),
    "white space": built(wordpiece(), n.NFC(), p.WhitespaceSplit(), decoders.WordPiece()),
    "no prefix": built(
        unigram(3), n.NFKC(), p.Metaspace(prepend_scheme="never"), decoders.Metaspace()
    ),
    "unknown is 0": built(unigram(0), None, p.Metaspace(), decoders.Metaspace()),
    "strip": built(unigram(3), n.Strip(), p.Metaspace(), decoders.Metaspace()),
    "added ids": built(bpe(), None, p.ByteLevel(True), decoders.ByteLevel(), "NEW", "sat"),
    "no pre-tokenizer": built(
        bpe(fuse_unk=True),
        n.Sequence([n.Prepend("\u2581"), n.Replace(" ", "\u2581")]),
        None,
        decoders.Fuse(),
    ),
}
CLASSES = {
    "BertTokenizerFast": "bert",
    "RobertaTokenizerFast": "roberta",
    "XLMRobertaTokenizer": "xlm-roberta",
    "XLMRobertaTokenizerFast": "xlm-roberta",
    "GPT2Tokenizer": "olmo2",
    "GPTNeoXTokenizerFast": "gpt_neox",
    "LlamaTokenizerFast": "llama",
    "GemmaTokenizer": "gemma2",
    "CohereTokenizerFast": "cohere",
    "T5TokenizerFast": "t5",
    "AlbertTokenizer": "albert",
    "CamembertTokenizer": "camembert",
    "DebertaV2Tokenizer": "deberta-v2",
    "MBartTokenizer": "mbart",
    "NllbTokenizer": "m2m_100",
    "MPNetTokenizer": "mpnet",
    "PreTrainedTokenizerFast": "modernbert",
    "NoClassOfThisName": "bert",
}


def folder_of(backend: Tokenizer, folder: Path, name: str | None, kind: str | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    backend.save(str(folder / "tokenizer.json"))
    if name is not None:
        config = {"tokenizer_class": name, "model_max_length": 512, "do_lower_case": False, **ROLES}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    if kind is not None:
        (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    return folder


def ids_of(backend: Tokenizer) -> list[list[int]]:
    return [backend.encode(text, add_special_tokens=False).ids for text in TEXTS]


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize("name", CLASSES)
def test_ids_are_those_of_the_file(pipeline: str, name: str, tmp_path: Path) -> None:
    raw = PIPELINES[pipeline]
    source = folder_of(raw, tmp_path / "in", name, CLASSES[name])
    read = load_tokenizer(source)
    assert ids_of(read.backend_tokenizer) == ids_of(raw)
    assert read.get_vocab() == raw.get_vocab()
    assert read.special_tokens_map == ROLES
    assert read.model_max_length == 512

    target = tmp_path / "out"
    target.mkdir()
    (target / "config.json").write_text(json.dumps({"model_type": CLASSES[name]}))
    write_tokenizer(read, target)
    plain: Any = AutoTokenizer.from_pretrained(target, trust_remote_code=False)
    assert ids_of(plain.backend_tokenizer) == ids_of(raw)
    assert plain.get_vocab() == raw.get_vocab()
    assert plain.special_tokens_map == ROLES


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_model_type_that_overrides_the_file_is_told(
    pipeline: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = folder_of(PIPELINES[pipeline], tmp_path / "in", None, None)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "config.json").write_text('{"model_type": "qwen2"}')
    write_tokenizer(load_tokenizer(source), tmp_path / "out")
    assert "PreTrainedTokenizerFast.from_pretrained" in caplog.text
    plain: Any = PreTrainedTokenizerFast.from_pretrained(tmp_path / "out")
    assert ids_of(plain.backend_tokenizer) == ids_of(PIPELINES[pipeline])


def named(*tokens: str) -> Tokenizer:
    return Tokenizer(models.WordLevel({t: i for i, t in enumerate([*tokens, "a"])}, tokens[0]))


BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SHORT = ("bos", "eos", "cls", "sep", "unk", "pad", "mask")


@pytest.mark.parametrize(
    ("tokens", "files", "roles"),
    [
        (BERT, {}, "- - [CLS] [SEP] [UNK] [PAD] [MASK]"),
        (BERT, {"config": {"model_type": "bert"}}, "- - [CLS] [SEP] [UNK] [PAD] [MASK]"),
        (
            BERT,
            {"config": {"model_type": "bert", "bos_token_id": 0, "eos_token_id": 2}},
            "- - [CLS] [SEP] [UNK] [PAD] [MASK]",
        ),
        (BERT, {"tokenizer_config": {"do_lower_case": True}}, "- - [CLS] [SEP] [UNK] [PAD] [MASK]"),
        (
            BERT,
            {"config": {"model_type": "deberta-v2"}},
            "[CLS] [SEP] [CLS] [SEP] [UNK] [PAD] [MASK]",
        ),
        (SPECIALS, {}, "<s> </s> <s> </s> <unk> <pad> <mask>"),
        (("<unk>", "<s>", "</s>"), {}, "<s> </s> - - <unk> - -"),
        (("<|endoftext|>",), {}, "<|endoftext|> <|endoftext|> - - <|endoftext|> - -"),
        (
            ("<|endoftext|>",),
            {"config": {"model_type": "gpt2"}},
            "<|endoftext|> <|endoftext|> - - <|endoftext|> - -",
        ),
        (
            ("x", "<|begin|>", "<|end|>"),
            {"config": {"model_type": "llama", "bos_token_id": 1, "eos_token_id": [2, 0]}},
            "<|begin|> <|end|> - - - - -",
        ),
        (
            ("U", "P", "E"),
            {"special_tokens_map": {"unk_token": "U", "pad_token": {"content": "P"}}},
            "- - - - U P -",
        ),
        (
            ("U", "P", "<pad>"),
            {
                "special_tokens_map": {"pad_token": "P"},
                "tokenizer_config": {"pad_token": "<pad>", "unk_token": "U", "mask_token": None},
            },
            "- - - - U P -",
        ),
        (  # what the vocabulary lacks is left out; no id is added
            ("<unk>", "</s>"),
            {"tokenizer_config": {"eos_token": "</s>", "pad_token": "[PAD]"}},
            "- </s> - - - - -",
        ),
    ],
)
def test_roles(tokens: tuple[str, ...], files: dict[str, Any], roles: str, tmp_path: Path) -> None:
    named(*tokens).save(str(tmp_path / "tokenizer.json"))
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    tokenizer = load_tokenizer(tmp_path)
    assert [getattr(tokenizer, f"{role}_token") or "-" for role in SHORT] == roles.split()
    assert len(tokenizer) == len(tokens) + 1


TEMPLATES: list[tuple[dict[str, str], Any, Any]] = [
    ({}, "in config", "in config"),
    ({"chat_template.jinja": "file"}, "in config", "file"),
    ({}, [{"name": "default", "template": "d"}, {"name": "rag", "template": "r"}],
     {"default": "d", "rag": "r"}),
    ({"chat_template.jinja": "d", "additional_chat_templates/tool_use.jinja": "t"}, None,
     {"default": "d", "tool_use": "t"}),
]  # fmt: skip


@pytest.mark.parametrize(("files", "in_config", "expected"), TEMPLATES)
def test_what_stands_beside_is_kept(
    files: dict[str, str], in_config: Any, expected: Any, tmp_path: Path
) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    folder_of(PIPELINES["strip"], source, None, None)
    config = {
        **ROLES, "chat_template": in_config, "padding_side": "left", "truncation_side": "left",
        "model_input_names": ["input_ids"], "clean_up_tokenization_spaces": True,
        "model_max_length": 77, "extra_special_tokens": ["a", "missing"], "image_token": "b",
    }  # fmt: skip
    (source / "tokenizer_config.json").write_text(json.dumps(config))
    for name, text in files.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text)
    write_tokenizer(load_tokenizer(source), target)
    for tokenizer in (load_tokenizer(target), AutoTokenizer.from_pretrained(target)):
        read: Any = tokenizer
        assert read.chat_template == expected
        assert (read.padding_side, read.truncation_side) == ("left", "left")
        assert read.model_input_names == ["input_ids"]
        assert read.clean_up_tokenization_spaces
        assert read.model_max_length == 77
        assert read.extra_special_tokens == ["a"]
        assert read.image_token == "b"


@pytest.mark.parametrize("auto_map", [["own.Own", None], {"AutoTokenizer": [None, "own.Own"]}])
@pytest.mark.parametrize("kind", [None, "llama"])
def test_code_is_refused_in_one_line(
    auto_map: Any, kind: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("asked a person")

    monkeypatch.setattr("builtins.input", asked)
    folder_of(PIPELINES["strip"], tmp_path, "Own", kind)
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    config["auto_map"] = auto_map
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(InputError, match=r"auto_map\), which lingraft never runs") as error:
        load_tokenizer(tmp_path)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "ran").exists()


DEEP = '{"normalizer":' + '{"type":"Sequence","normalizers":[' * 9000 + "]}" * 9000 + "}"


@pytest.mark.parametrize(
    "content", ["", "{", "{}", "[]", '{"model": {"type": "SuperBPE"}}', DEEP, "\udcff"]
)
def test_what_cannot_be_read_is_one_line(content: str, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=f"the tokenizer in {tmp_path} cannot be read") as error:
        load_tokenizer(tmp_path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("name", ["tokenizer_config", "special_tokens_map", "config"])
@pytest.mark.parametrize("content", ["{", "[1]", "[" * 99_999, "\udcff"])
def test_files_beside_it_that_are_damaged_are_named(
    name: str, content: str, tmp_path: Path
) -> None:
    folder_of(PIPELINES["strip"], tmp_path, None, None)
    (tmp_path / f"{name}.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=rf"{name}\.json (is not valid JSON|must be an object)"):
        load_tokenizer(tmp_path)


def test_a_value_that_transformers_refuses_is_one_line(tmp_path: Path) -> None:
    folder_of(PIPELINES["strip"], tmp_path, None, None)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"padding_side": "up"}))
    with pytest.raises(InputError, match="cannot be read"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    "backend",
    [
        built(unigram(3), n.Sequence([n.Replace(x, y * 1000) for x, y in ("ab", "bc", "ca")]),
              None, decoders.Metaspace()),
        built(unigram(3), n.Sequence([n.Replace("q", "qq")] * 30), None, decoders.Metaspace()),
    ],
)  # fmt: skip
def test_normalizers_that_explode_are_refused(backend: Tokenizer, tmp_path: Path) -> None:
    folder_of(backend, tmp_path, None, None)
    with pytest.raises(InputError, match="more than 1000 times as long"):
        load_tokenizer(tmp_path)


def test_an_expression_that_tries_everything_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from tokenizers import Regex

    cutter = p.Split(Regex("(a|aa)+b"), "isolated")
    folder_of(built(unigram(3), None, cutter, decoders.Fuse()), tmp_path, None, None)
    with pytest.raises(InputError, match="retry-limit"):
        load_tokenizer(tmp_path)
    assert "panicked" not in capfd.readouterr().err


WAYS_IN = re.compile(r"AutoTokenizer|\w*TokenizerFast|TokenizersBackend|from_file")


def test_tokenizers_are_read_and_written_at_the_door_alone() -> None:
    """Another way in would be the old fault again; `AutoTokenizer` only judges what was written."""
    doors = ("tokenizers/loading.py", "tokenizers/saving.py", "tokenizers/backend.py")
    found = []
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]:
        text = path.read_text("utf-8")
        if str(path).endswith(doors) or not WAYS_IN.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in getattr(node, "names", ()) if hasattr(alias, "name")]
            names += [node.attr] if isinstance(node, ast.Attribute) else []
            names += [node.id] if isinstance(node, ast.Name) else []
            found += [f"{path.relative_to(ROOT)}: {name}" for name in names if WAYS_IN.match(name)]
    assert not found


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A folder with a tokenizer whose file is altered."""
    content = json.loads(PIPELINES["lower case"].to_str())
    change(content)
    (folder / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("model", {"type": "WordLevel", "vocab": {"<unk>": 0, "a": 1, "b": 1},
                   "unk_token": "<unk>"}, "the id 1 to two tokens"),
        ("post_processor", {"type": "BertProcessing", "sep": ["</s>", 2000], "cls": ["<s>", 0]},
         "adds the id 2000"),
        ("post_processor", {"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 2001]},
         "adds the id 2001"),
    ],
)  # fmt: skip
def test_each_token_has_its_id_and_each_id_a_token(
    part: str, value: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message) as told:
        load_tokenizer(changed(tmp_path, lambda content: content.update({part: value})))
    assert "\n" not in str(told.value)


def test_a_text_is_cut_the_same_way_each_time(tmp_path: Path) -> None:
    expected = PIPELINES["lower case"].encode("ab ab ab").ids
    folder = changed(tmp_path, lambda content: content["model"].update(dropout=0.9))
    tokenizer = load_tokenizer(folder)
    assert all(tokenizer("ab ab ab")["input_ids"] == expected for _ in range(10))


@pytest.mark.parametrize(
    "wrong",
    [
        {"model_max_length": "512"},
        {"model_max_length": -1},
        {"model_max_length": True},
        {"model_input_names": "input_ids"},
        {"model_input_names": 5},
        {"model_input_names": [1]},
        {"chat_template": 5},
    ],
    ids=str,
)
def test_settings_of_another_type_are_told_where_they_stand(
    wrong: dict[str, Any], tmp_path: Path
) -> None:
    PIPELINES["lower case"].save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(wrong), "utf-8")
    with pytest.raises(InputError, match=rf"tokenizer_config\.json: {next(iter(wrong))} must"):
        load_tokenizer(tmp_path)
