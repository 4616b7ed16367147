"""Tokenizers: trained or taken from a download, measured, and applied to text.

- `stage`: what the scripts call: `make_tokenizer`, `copy_tokenizer`, `encode_corpus`.
- `derived`: the same for tokenizers that are made from another one: extended or pruned.

Training:

- `training`: Unigram, byte-level BPE and WordPiece, the same bytes every time.
- `sampling`: the text that a tokenizer is trained on; `samples`: that of corpora, and of their
  held-out parts.
- `seeds`: candidates for a Unigram vocabulary.
- `styles`: special tokens, normalization and cutting of the known families.
- `byte_words`: words as bytes, which nothing is learned for.
- `expressions`: the regular expressions that cut or clean text.

From another tokenizer:

- `extending`: more tokens; `pruning`: fewer; `renumbering`: the others numbered anew.
- `continued_merges`: the next merges of a vocabulary.
- `pretokens`: text as the sequences of tokens that may be merged.
- `reach`: tokens that no text gives.

In and out:

- `loading`: reads a tokenizer, the only place.
- `backend`: tokenizer.json, checked.
- `roles`: which token plays which role, and what else belongs to a tokenizer.
- `gguf`: the tokenizer of a GGUF file, cut as the file says.
- `sentencepiece_model`: a SentencePiece model as a fast tokenizer.
- `sentencepiece_proto`: the protocol buffer of such a model.
- `saving`: writes a tokenizer, the only place.
- `templates`: carries a chat template over to another vocabulary, and checks its marks.

Use:

- `encoding`: text to ids; `engines`: ways to do it, and the choice among them.
- `text_normalizer`: how the text was written that a tokenizer learned, in its folder.
- `separators`: what ends a document, and what a model reads before one.
- `subword_sampling`: segmentations of a word drawn at random.
- `word_cache`: encodes each different word once.
- `locality`: for which tokenizers that gives the same ids.
- `spans`: which pieces of two tokenizations of a text are the same stretch of it.
- `metrics`: how well a tokenizer fits text.
- `dynamic`: a batch of texts whose tokens are merged further.
- `token_table`: the tokens by id in one canonical form, for initialization.
- `spelling`: how a vocabulary marks the edges of words.
"""
