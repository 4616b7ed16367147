"""lingraft: give a pretrained language model a new language, and prove that it worked.

The rooms, from the ground up (imports go downward only, tests/unit/test_layers.py holds us to it):

    redaction, errors     what a user hears in one line, and what is never said: secrets
    outputs, artifacts    where results may be written; folders on disk, behind one door
    locks                 one owner at a time, on file systems with and without locks
    launch                command lines, processes on devices and nodes
    config                the grammar of a configuration, and the blocks of its parts
    program, arguments    what every program shares
    numeric               neighbors in blocks, factorization: the hot loops
    corpus                sources, formats, cleaning, held-out split, token files
    tokenizers            training, the TokenTable, metrics, encoding
    models                source adapters, masked-only head, factorized embeddings
    vectors               word vectors, dictionaries, alignment
    initialization        the primitives and the methods
    training              sampler, objectives, engine, checkpoints, loop
    evaluation            tasks
    encoders              sentence encoders: training sets, losses, tuning, merging
    experiment            the configuration of a whole experiment, its key reference
    stages                what each stage of the workflow reads, and the settings it has
    estimate              what a run will cost
    supervision           starting again after a kill, the guard of finished trainings, summaries
    reporting             statistics, tables, the page
    advice                whether another vocabulary pays
    registration          teaches transformers our models when it is imported
"""

from lingraft import registration

__version__ = "0.1.0"

registration.install()
