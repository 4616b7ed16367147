"""One model from several of one architecture and vocabulary, in the space of their weights.

- `methods`: the methods, one class in one file each: settings, and `merge`.
- `given`: what a method is given and makes; weights that cannot be merged.
- `arithmetic`: mixtures of models.
- `directions`: what TIES keeps of the members' changes.
- `positions`: coefficients learned on a probe (Self Positioning).
- `members`: reads the models and compares them.
- `merge`: reads, merges, and writes a model with the record of its coefficients.
- `settings`: the recipe of a merged encoder.
- `probing`: the probe of encoders, in equal parts of every training set and language.
- `stage`: what the script calls: merge models of a run.
"""
