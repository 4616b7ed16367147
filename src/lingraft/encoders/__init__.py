"""Sentence encoders: from a language model and pairs of texts to vectors that say what texts mean.

examples: what training reads: texts that belong together, and the forms that they have
training_set: what every kind of training set has; the kinds are in `sets`
loss: what every loss has; the losses are in `losses`, their mathematics in `modules`
checks: what losses refuse of their examples
text_numbers: which texts of a stage are the same
teacher: vectors of the source model, which a student learns from
merging: one model from several, in the space of their weights
"""
