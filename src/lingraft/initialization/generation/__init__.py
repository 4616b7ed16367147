"""How generators of rows are trained, measured, kept and used.

loss           of predicted rows
batches        lists of numbers as tensors
learning       the steps, which go on where a killed job was
state          what they have reached, on disk
split          which tokens are held out
quality        how near the rows of held-out tokens are, beside those of FVT
trained        a trained generator: loaded, and asked for rows
stage          the entry: folders in, a generator out
"""
