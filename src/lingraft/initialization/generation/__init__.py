"""How generators of rows are trained, measured, kept and used.

loss                of predicted rows
batches             lists of numbers as tensors
lessons             what a generator is taught: the source's rows
text_lessons        and then what the source model predicts with generated rows (ZeTT)
sampled_vocabulary  the vocabulary of a lesson on text
windows             its text as windows of the source model
frozen              the source model, with rows from outside
teaching            corpora in, a course out, and what its lessons did for text
learning            the steps, which go on where a killed job was
state               what they have reached, on disk
split               which tokens are held out
quality             how near the rows of held-out tokens are, beside those of FVT
trained             a trained generator: loaded, and asked for rows
stage               the entry: folders in, a generator out
"""
