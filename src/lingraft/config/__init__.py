"""The grammar of a configuration, and the blocks of parts that have no folder of their own.

Parsed again in every job that Snakemake submits, so nothing heavy is imported here: no torch,
no transformers, no numpy.

- `base`: strict blocks and names; `checking`: a block checked, a mistake named in one line.
- `registry`: classes that the files of a folder declare, as a union.
- `folders`: folders of artifacts by name, as programs are given them.
- `names`: the nearest known name; `patterns`: shell patterns; `yaml_files`: strict YAML;
  `json_files`: JSON that is read at once.
- `tokenizers`: trained or pretrained tokenizers, and those that are made from another one;
  `sampled_text`: the text that a vocabulary is made from; `token_lists`: lists of tokens.
- `optimization`: how an optimizer moves weights.
- `pretraining`: recipes of training; `training_stages`: their stages, and what these leave as it
  is; `distillation`: what these learn from the source model; `merging_back`: what the result takes
  back of it; `adapter`: low-rank updates.
- `datasets`: labelled texts and sentence pairs.
- `dynamic`: dynamic tokenization of what a task reads.
- `report`: what the report compares.
"""
