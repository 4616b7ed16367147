"""The shared hot loops.

- `neighbors`: exact nearest neighbors, in blocks; `shortlists` (float32, bfloat16) and
  `integer_shortlist` (int8) find what it looks at closely.
- `inverted_lists`: approximate ones, by lists of which a query reads a few.
- `selection`: the largest of many scores.
- `grouped_product`: one product that answers for its rows and for its columns.
- `factorization`: low-rank factorization of a tall matrix.
- `pursuit`: orthogonal matching pursuit.
- `sparse`: sparse row weights.
- `simplex`: softmax and sparsemax; `sparsemax`: over all keys, without the dense matrix.
- `combinations`: sums of tensors, exact where a coefficient is 0 or 1; `arc`: SLERP.
- `exact`: sums that are rounded once.
- `rows`: row norms and unit rows; large matrices block by block.
- `arrays`: names of arrays by what their numbers are.
"""
