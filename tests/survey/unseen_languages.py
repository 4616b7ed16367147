"""What a bigram model of Hindi is worth in languages that it never saw, raw and in WX.

`python -m tests.survey.unseen_languages results/indic` prints the table of docs/data.md, once the
corpora and tokenizers of config/indic.yaml are there.
"""

import sys
from pathlib import Path

from transformers import GPT2Config, GPT2LMHeadModel

from lingraft.corpus.records import held_out_documents
from lingraft.evaluation.measures.reference_rows import bits_per_byte
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.scoring.windows import cut_documents
from lingraft.tokenizers.loading import load_tokenizer

_LANGUAGES = ("hindi", "gujarati", "marathi", "nepali")
_DOCUMENTS = 150


def main(results: Path) -> None:
    """Print, for each language: tokens, and bits per byte of the original text with 1.96 errors."""
    for suffix in ("", "-wx"):
        place = results / "tokenizers" / f"hindi{suffix}"
        tokenizer = load_tokenizer(place)
        size = len(tokenizer)
        # Only that it is causal matters: no weight of it is used.
        shape = {"n_embd": 4, "n_layer": 1, "n_head": 1, "n_positions": 128}
        model = GPT2LMHeadModel(
            GPT2Config(vocab_size=size, bos_token_id=0, eos_token_id=0, **shape)
        )
        for language in _LANGUAGES:
            documents = held_out_documents(results / "corpora" / f"{language}{suffix}", _DOCUMENTS)
            text = cut_documents(model, tokenizer, documents, HeldOutMeasure())
            trained = results / "corpora" / f"hindi{suffix}"
            rows = bits_per_byte(place, trained, text, True, None)
            shown = [f"{name} {bits:.3f} ± {1.96 * e:.3f}" for name, (bits, e) in rows.items()]
            print(f"{language}{suffix}", sum(text.tokens), *shown, sep="; ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
