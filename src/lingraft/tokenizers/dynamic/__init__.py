"""Dynamic tokenization: a vocabulary that goes on merging over one batch of texts.

Feher, Vulic and Minixhofer (2024), *Retrofitting Large Language Models with Dynamic Tokenization*
(2411.18553): the tokens of a batch are merged further, the most frequent adjacent pair first, as
byte-pair encoding does it while it learns. What comes out are strings that need not be tokens.

- `boundaries`: which tokens may become one, by the spelling of the vocabulary.
- `merging`: the merges of a batch.
"""
