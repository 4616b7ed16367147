"""Static vectors of words from the states of a language model, the teacher.

- `teacher`: a frozen model that reads texts, and the means of its states over parts of them.
- `passages`: sentences, and the passages in which a teacher reads them.
- `averages`: the mean over contexts, and words read alone.
- `x2static`: vectors that predict which words are in a sentence that the teacher has read.
"""
