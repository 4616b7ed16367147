"""Sentence encoders: from a language model and pairs of texts to vectors that say what texts mean.

settings: the recipe of an encoder: pooling, prompts, stages of training
recipes: a tuning or a merge, and what both start from
preset: recipes of the literature, which fill in what a recipe does not say
poolings: how the vectors of tokens become the vector of a text
examples: what training reads: texts that belong together, and the forms that they have
training_set: what every kind of training set has; the kinds are in `sets`
data: what training sets are made with; no held-out text in them, hard negatives
loss: what every loss has; the losses are in `losses`, their mathematics in `modules`
checks: what losses refuse of their examples
entries: the vectors of a dictionary's entries
text_numbers: which texts of a stage are the same
merging: one model from several, in the space of their weights
student: the sentence encoder around a language model, and the folder that it is written to
batches: which examples a step sees, as a function of its number
job: what a tuning is asked to do, checked before anything runs
teacher: vectors of the source model and logits of a classifier, which a student learns from
preparation: what a loss prepares for its stage, made once
trainee: what one step trains: the student, the loss's own layers, a share of the model's own loss
sorted_rows: batches without much padding
optimizer: AdamW with its moments by name
loop: the steps, with checkpoints, metrics and clean interruption
card: the model card
stage: what the script calls: tune an encoder
"""
