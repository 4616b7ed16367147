"""The mathematics of the trainers that learn the words of a text.

- `text`: a text as ids of its frequent words; `meetings`: how often two of them meet.
- `glove`: vectors whose products are the logarithms of these counts.
- `ppmi`: a factorization of the counts' positive pointwise mutual information.
- `stopping`: the epoch that a score likes best; `development`: a score from judged word pairs.
- `descent`: AdaGrad on tables of vectors; `sampling`: windows and negative samples.
- `contexts`: models that predict a word from its window; `composition`: words from their parts.
- `senses`: several vectors a word, of which the window chooses.
- `compass`: words that are trained against a frozen matrix of contexts.
"""
