"""The loss of a model on held-out documents: one measure for tables and for learning curves.

- `settings`: which documents, in which windows, under which masks.
- `hiding`: what a masked model reads in place of the tokens that it predicts.
- `windows`: documents as rows of forward passes.
- `losses`: the losses of the rows, their sums by document, and the measure.
"""
