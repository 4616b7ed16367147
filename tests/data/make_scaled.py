"""Write tests/data/scaled: what every source becomes when a configuration is made small.

    python tests/data/make_scaled.py

Text of tests/data/tiny, word vectors, labelled sets, sentence pairs, two untrained models and a
SentencePiece vocabulary; the same program gives the same bytes.
"""

import io
import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
from tokenizers import ByteLevelBPETokenizer
from tokenizers.processors import TemplateProcessing
from transformers import GPT2Config, PreTrainedTokenizerFast, RobertaConfig

HERE = Path(__file__).parent
TINY, SCALED = HERE / "tiny", HERE / "scaled"
LANGUAGES = ("english", "swahili", "german")
SPLITS = {"train": 48, "valid": 24, "test": 24}
DIMENSION = 16
README = """# Data for configurations made small

Made by `../make_scaled.py` from the made-up text in `../tiny` (CC0-1.0): every source becomes this
folder when a configuration runs with SCALE=yes. It proves nothing about quality.
"""
NLI = ("entailment", "neutral", "contradiction")


def main() -> None:
    """Write everything."""
    shutil.rmtree(SCALED, ignore_errors=True)
    texts = {name: read_texts(name) for name in LANGUAGES}
    write_text(texts)
    write_vectors(texts)
    write_labels(texts)
    write_rankings(texts["swahili"])
    write_minimal_pairs(texts["swahili"])
    write_word_lists(texts["swahili"])
    write_vocabulary(texts["swahili"] + texts["german"])
    write_model("roberta", texts["english"])
    write_model("gpt2", texts["english"])
    write(SCALED / "README.md", README)


def read_texts(language: str) -> list[str]:
    """The tiny text of one language."""
    lines = (TINY / f"{language}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def write(path: Path, text: str) -> None:
    """Write a text file and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def as_lines(records: list[dict[str, Any]]) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_text(texts: dict[str, list[str]]) -> None:
    """Text with shared ids, dictionaries, and test dictionaries in both directions."""
    for language, own in texts.items():
        records = [{"id": f"scaled/{n:04d}", "text": text} for n, text in enumerate(own)]
        write(SCALED / "text" / f"{language}.jsonl", as_lines(records))
    for path in TINY.glob("dictionary-*.tsv"):
        shutil.copyfile(path, SCALED / "text" / path.name)
        pairs = [line.split("\t") for line in path.read_text("utf-8").splitlines()][::4]
        first, second = path.stem.split("-")[1:]
        for code, order in ((f"{first}-{second}", 1), (f"{second}-{first}", -1)):
            lines = "".join("\t".join(pair[::order]) + "\n" for pair in pairs)
            write(SCALED / "labels" / f"dictionary-{code}-test.tsv", lines)


def write_vectors(texts: dict[str, list[str]]) -> None:
    """Vectors in which words and their translations are near each other, in fastText's text format.

    `multilingual.vec` has all of them under language-prefixed keys, English ones without, as
    ColexNet+ has.
    """
    rng = np.random.default_rng(11)
    meaning: dict[str, np.ndarray] = {}
    vectors: dict[str, dict[str, np.ndarray]] = {name: {} for name in LANGUAGES}
    for language in LANGUAGES[1:]:
        for line in (TINY / f"dictionary-english-{language}.tsv").read_text("utf-8").splitlines():
            source, target = line.split("\t")
            common = meaning.setdefault(source, rng.normal(size=DIMENSION))
            vectors["english"][source] = common
            vectors[language][target] = common + 0.2 * rng.normal(size=DIMENSION)
    for language, own in texts.items():
        for word in sorted({word.strip(".,?!") for text in own for word in text.split()}):
            if word:
                vectors[language].setdefault(word, rng.normal(size=DIMENSION))
    for language, own in vectors.items():
        write(SCALED / "vectors" / f"{language}.vec", as_vectors(own))
    codes = {"english": "", "swahili": "swh:", "german": "deu:"}
    merged = {code + word: v for name, code in codes.items() for word, v in vectors[name].items()}
    write(SCALED / "vectors" / "multilingual.vec", as_vectors(merged))


def as_vectors(vectors: dict[str, np.ndarray]) -> str:
    """Words and vectors as word2vec text."""
    rows = [f"{word} " + " ".join(f"{x:.3f}" for x in vector) for word, vector in vectors.items()]
    return f"{len(rows)} {DIMENSION}\n" + "".join(row + "\n" for row in rows)


def write_labels(texts: dict[str, list[str]]) -> None:
    """Inference, topics and tags, the same for every language; pairs for retrieval."""
    draw = random.Random(5)
    for split, count in SPLITS.items():
        chosen = draw.sample(texts["swahili"], count)
        nli = [
            {"premise": text, "hypothesis": draw.choice(chosen), "label": NLI[n % 3]}
            for n, text in enumerate(chosen)
        ]
        write(SCALED / "labels" / f"nli-{split}.jsonl", as_lines(nli))
        topics = [{"text": text, "label": ("short", "long")[len(text) > 35]} for text in chosen]
        write(SCALED / "labels" / f"topics-{split}.jsonl", as_lines(topics))
        tagged = [tags(text.split()) for text in chosen]
        rows = [[f"{word}\t{tag}\n" for word, tag in sentence] for sentence in tagged]
        write(SCALED / "labels" / f"tags-{split}.conll", "\n".join("".join(row) for row in rows))
        records = [{"words": [w for w, _ in s], "tags": [t for _, t in s]} for s in tagged]
        write(SCALED / "labels" / f"tags-{split}.jsonl", as_lines(records))
    for language, own in texts.items():
        write(SCALED / "labels" / f"{language}.txt", "".join(text + "\n" for text in own[:40]))


def write_rankings(texts: list[str]) -> None:
    """Queries with documents: the text itself is the most relevant one."""
    lists = [
        {"query": texts[n], "documents": texts[n : n + 4], "relevance": [2, 1, 0, 0]}
        for n in range(0, 80, 4)
    ]
    write(SCALED / "labels" / "rankings-test.jsonl", as_lines(lists))


def write_minimal_pairs(texts: list[str]) -> None:
    """Sentences, and the same with the first word at the end."""
    pairs = []
    for n, text in enumerate(texts[:40]):
        first, _, rest = text.partition(" ")
        pairs.append({"id": str(n), "right": text, "wrong": f"{rest} {first}", "kind": "order"})
    write(SCALED / "labels" / "minimal_pairs-test.jsonl", as_lines(pairs))


def write_word_lists(texts: list[str]) -> None:
    """Pairs of words with a score, and questions of four words, from the words of the text."""
    words = sorted({word.lower() for text in texts for word in text.split() if word.isalpha()})
    draw = random.Random(7)
    pairs = [(*draw.sample(words, 2), draw.randrange(10)) for _ in range(40)]
    lines = [f"{first}\t{second}\t{score}\n" for first, second, score in pairs]
    write(SCALED / "labels" / "word_pairs-test.tsv", "".join(lines))
    questions = [" ".join(draw.sample(words, 4)) + "\n" for _ in range(40)]
    write(SCALED / "labels" / "analogies-test.tsv", ": words\n" + "".join(questions))


def tags(words: list[str]) -> list[tuple[str, str]]:
    """A tag for each word: what begins with a capital is a person."""
    return [(word, "B-PER" if word[0].isupper() else "O") for word in words]


def write_vocabulary(texts: list[str]) -> None:
    """A SentencePiece model in the way of XLM-R's."""
    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=stream,
        vocab_size=300,
        normalization_rule_name="identity",
        num_threads=1,
        minloglevel=2,
    )
    (SCALED / "vocabulary").mkdir()
    (SCALED / "vocabulary" / "sentencepiece.bpe.model").write_bytes(stream.getvalue())


def write_model(family: str, texts: list[str]) -> None:
    """The configuration of a two-layer model and a byte-level BPE tokenizer for it."""
    is_gpt2 = family == "gpt2"
    specials = ["<|endoftext|>"] if is_gpt2 else ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(texts, vocab_size=400, special_tokens=specials, show_progress=False)
    if is_gpt2:
        end = "<|endoftext|>"
        roles = {"bos_token": end, "eos_token": end, "unk_token": end, "pad_token": end}
    else:
        ends = [(token, trained.token_to_id(token)) for token in ("<s>", "</s>")]
        trained._tokenizer.post_processor = TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ends
        )
        roles = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
        roles |= {"unk_token": "<unk>", "pad_token": "<pad>", "mask_token": "<mask>"}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer, model_max_length=64, **roles
    )
    fast.save_pretrained(SCALED / family)
    config(family, fast).save_pretrained(SCALED / family)


def config(family: str, tokenizer: PreTrainedTokenizerFast) -> RobertaConfig | GPT2Config:
    """Two layers of 32 dimensions."""
    if family == "gpt2":
        ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
        return GPT2Config(
            vocab_size=len(tokenizer), n_positions=64, n_embd=32, n_layer=2, n_head=2, **ends
        )
    return RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,  # RoBERTa counts positions from 2
        type_vocab_size=1,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


if __name__ == "__main__":
    main()
