"""Ways to turn texts into the ids of one tokenizer, and the choice of the fastest that agrees.

- `engine`: what each of them is, and why one does not suit a tokenizer.
- `whole`: the tokenizer itself, which all others are compared with.
- `words`: the tokenizer itself, once for each different word.
- `gigatoken`: byte-level BPE by the library of that name, where it is installed.
- `pieces`: Unigram, once for each different piece between places that no token crosses, by
  `borders` (the places), `prefixes` (tokens in a text), `best_paths` (Viterbi) and `writing` (the
  normalizer).
- `alphabet`: the characters that the library reads as the tokenizer does.
- `character_kinds`: a table of what is known of characters, for `alphabet` and `writing`.
- `choosing`: compares and times them on a sample of the text.
"""
