"""The tables of the report.

- table: `Table` and `Column`, written as CSV, Markdown and LaTeX
- text: a table for the terminal
- escaping: texts of others as plain text in CSV and Markdown
- results: the headline for each language, and all findings
- diagnostics: what explains a model's scores
- samples: what decoders write behind the same beginnings
- studies: languages x methods, and the best mean against every other method
- encoders: what tuning changed, and what it took
- curves: points of the learning curves, and compute to match the baseline
- initialization: where new rows come from, and their nearest source tokens
- words: alignments, and word vectors beside each other
- inputs: tokenizers, text, licenses, versions, gaps
- vocabulary_arms: the vocabularies that one model has learned with
- merging_curves: scores, tokens and seconds with each number of merges
- refiners: what each refiner did to its vectors
- costs: time and memory of every rule and every training
- published: published numbers beside ours
- stochastic_order: almost stochastic order over seeds
"""
