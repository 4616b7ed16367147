"""Write tests/data/tiny-model: a two-layer BERT's configuration and a WordPiece tokenizer for it.

    python tests/data/make_tiny_model.py

The weights are drawn when the workflow converts the model (`format: untrained`).
"""

import json
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, PreTrainedTokenizerFast

HERE = Path(__file__).parent
ROLES = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}


def main() -> None:
    """Train the tokenizer on the tiny English text and write both."""
    lines = (HERE / "tiny" / "english.jsonl").read_text("utf-8").splitlines()
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=specials, show_progress=False
    )
    tokenizer.train_from_iterator((json.loads(line)["text"] for line in lines), trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=64,
        **{f"{role}_token": token for role, token in ROLES.items()},
    )
    config = BertConfig(
        vocab_size=len(fast),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    config.save_pretrained(HERE / "tiny-model")
    fast.save_pretrained(HERE / "tiny-model")


if __name__ == "__main__":
    main()
