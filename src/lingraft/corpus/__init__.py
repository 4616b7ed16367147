"""Text: from a download to a clean corpus with a held-out part, and the files of its tokens.

- `stage`: the entries: download a source, clean a shard, make a corpus.
- `settings`: the settings of a corpus.
- `sources`: the kinds of downloads; `fetching`: what they share.
- `formats`: the formats of text; `reading`: what they share.
- `texts`: the clean documents of a corpus, from one pass or from shards.
- `shards`: which files each shard cleans, and how shards become a corpus.
- `pipeline`: a shard as a pipeline of datatrove.
- `cleaning`: the rules for single documents; `identification`: the language of a document.
- `normalizers`: the ways to write text anew; `normalizing`: what artifacts say of it, and the door
  through which other text comes to a model.
- `collecting`: repeated and untranslated documents; `pivot`: what the pivot says of each.
- `leaving_out`: which documents are left out of the training text, and why.
- `selectors`: the ways to choose text near a sample; `selection`: their mathematics, and MinHash.
- `splitting`: the held-out part; `parts`: its files; `statistics`: their sizes; `scripts`: those of
  their letters.
- `documents`: documents and pairs as compressed JSON lines; `compression`: streams read to the end.
- `records`: the texts of a folder, corpus or not, and the draw that models are scored on.
- `words`: words as people count them.
- `token_files`: token files, memory-mapped.
- `fasttext_files`: the structure of fastText's model files.
"""
