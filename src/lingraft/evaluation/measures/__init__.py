"""The mathematics of the tasks; it knows no settings and no folders of an experiment.

embedding.py         how a text becomes a vector: the settings that tasks on vectors share
labelled_pages.py    pages with labels from the metadata of a corpus
embed.py             vectors of texts from a model's hidden states
listwise.py          the text of a query together with the documents to be ranked
ranks.py             cosine similarities, ranks, hits
geometry.py          how vectors fill their space, and how near translations lie
reranking.py         candidates of a query, and how well they are ordered
copied_tokens.py     a baseline of retrieval that sees characters alone
probes.py            classification of fixed vectors, trivial classifiers
word_sequences.py    documents as sequences of the words that a set of vectors knows
document_classifiers.py labels of documents from frozen word vectors
recurrent_network.py the recurrent convolutional network for texts
explicit_concepts.py texts in a space whose axes are named concepts
ngrams.py            uniform, unigram and bigram distributions over a vocabulary
reference_rows.py    what a text costs by them: the rows beside bits per byte
source_losses.py     the untouched source model on held-out documents
pseudo_perplexity.py each token predicted once, alone behind a mask
sentence_likelihood.py the log probability of whole sentences, and which of two is likelier
answers.py           which of several answers is the most probable
continuations.py     how a causal model continues a text
generated_strings.py rows of merged strings by a trained generator
large_vocabulary.py  more merges than a model has, and rows for them
merged_texts.py      texts that a model reads in long tokens: losses, time
index_decoding.py    the next token by an index of the head's rows
limit_collection.py  the documents and queries of LIMIT
free_vectors.py      how many documents of LIMIT so few dimensions tell apart
forward_cost.py      parameters, operations, speed, memory, energy
vocabulary_fit.py    words, parity and overlap of vocabularies
shared_entries.py    what vocabularies of two corpora have in common
translations.py      at which rank an alignment finds a translation
mteb_encoder.py      a local model as mteb wants it
mteb_tasks.py        local data as tasks of mteb
mteb_runs.py         runs a task of mteb and reads what it keeps
"""
