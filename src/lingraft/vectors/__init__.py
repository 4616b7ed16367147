"""Static word vectors of two languages, brought into one space with dictionaries.

- `stage`: the entries: make vectors, align two sets of them.
- `settings`: the settings of an alignment; `inputs`: what vectors are made from, by name.
- `trainers`: the ways to make vectors; `training`: fastText; `segmentation`: lines of words;
  `learning`: the mathematics of the others.
- `contextual`: vectors from the states of a language model.
- `vectorset`: words with vectors; `matrix_file`: the file of their numbers; `text_format`,
  `fasttext_model`: files of others; `frequencies`: how frequent the words are.
- `subwords`: the files of models for any text; `parts`: our own such model.
- `sentence_end`, `spelling`: entries and spellings of such files that differ from ours.
- `dictionaries`: the formats of dictionaries; `lexicon`: several of them as one list of pairs.
- `text_doors`: how the text of vectors was written, and words of dictionaries written alike.
- `word_pairs`: a pair; `co_occurrence`: pairs from parallel text; `similar_spelling`: by letters.
- `correspondences`: pairs as rows of two vector sets.
- `aligners`: the methods of alignment; `fitting`, `rcsls`, `wasserstein`, `anchoring`,
  `hyperalignment`: their mathematics; `partners`: what joint fits read of others;
  `normalization`: before the fit.
- `learned_maps`: fits of self-learning; `first_dictionaries`: where it starts; `self_learning`: the
  loop; `similarities`: its cosines; `random_starts`: its verdict; `fit_state`: how it resumes.
- `alignment`: what is fitted; `retrieval`: nearest words across two spaces.
- `refiners`: the ways to refine vectors that were made; `word_space`: the words that they move;
  `aligned_sides`: those of an alignment; `transformation`: for text that is not a word.
- `graphs`: the formats of graphs of words; `graph_files`: their lines; `edges`: as rows of a space.
- `attraction`, `counter_fitting`, `principal_directions`, `quantizing`: the refiners' mathematics.
- `terms`: the ways to find terms of several words; `term_extraction`: by counting; `phrases`: in
  running text.
- `neighbor_graph`: words and their nearest words in the plane.
- `induction`: how well an alignment translates; `report`: what its artifact says about it.
- `multilingual`: aligned spaces merged into one.
"""
