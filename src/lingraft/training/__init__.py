"""Continued pretraining: what is read when, what is predicted, how it survives being killed.

- `stage`: what the script calls, `pretrain`.
- `session`: what every training does around its steps; sentence encoders are tuned in it too.
- `job`: what a training is asked to do, checked before it begins, and its identity.
- `token_checks`: whether token files belong to a model.
- `lock`: one training for each state folder.
- `world`: the processes of a training, and their devices.
- `loop`: steps, evaluations, checkpoints and the log.
- `progress`: how far a training has come.
- `engine`: one stage on DeepSpeed, and its state as plain tensors.

From text to batches:

- `sampler`: which row of which corpus a sample is, and the streams of random numbers.
- `packing`: rows of tokens out of a token file.
- `recutting`: other tokens of the same spelling, put into rows.
- `stochastok`: random splits of tokens; `word_recutting`: words cut anew at random.
- `masking`: which tokens a masked model predicts.
- `rebuilding`: what the decoder of RetroMAE rebuilds and sees.
- `batches`: rows with special tokens, and what is predicted in them.
- `snippets`: rows for a model and its teacher, in the pieces of each.

From batches to weights:

- `objectives`: the loss as a module.
- `layout`: how the machine runs a stage.
- `distilling`: the losses between a model and its teacher.
- `teaching`: what a stage with a teacher reads, and what it costs.
- `merging`: what the result takes back of the source model.
- `evaluation`: the held-out documents of a run, scored as it trains.
- `selection`: which parameters a stage trains, and which rows.
- `shielding`: which columns a stage holds, by text in the source's language.
- `parameters`: what is there only to be trained; rates and weight decay.
- `master_weights`: the fp32 weights behind bf16 ones, without ZeRO.
- `compiling`: layers joined into few kernels on a GPU.
- `gathering`: ZeRO 3 gathers weights by layers.
- `schedules`: learning rates over a stage.
- `stability`: losses that are not finite, or far above the earlier ones.

What is kept, and what may go wrong:

- `checkpoint`: checkpoints that are whole or do not exist.
- `disk`: whether they will fit.
- `interruption`: signals, time budgets and hangs.
- `failures`: out of memory or disk, in one line.
- `metrics`: metrics.jsonl.
- `tensorboard`: the same lines for TensorBoard.
- `monitor`: speed, memory and use of the device.
- `energy`: joules.
"""
