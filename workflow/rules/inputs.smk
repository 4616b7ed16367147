"""What the rules need: input functions, and the arguments that are made of inputs."""


def local_files(wildcards):
    """The files of a source of this machine: when one changes, it is fetched again.

    None where the path does not exist: the program says so in better words.
    """
    source = CONFIG.sources[wildcards.source]
    if source.kind != "local":
        return []
    files = watched.plain(source)
    try:
        if workflow.is_main_process:
            require_past(files)
    except LingraftError as error:
        raise WorkflowError(str(error)) from None
    return [here(path) for path in files]


def odd_files(wildcards):
    """The state of local files whose names Snakemake would misread.

    Where there are none it repeats the settings, since another value would be a change of
    parameters: Snakemake compares them as a set.
    """
    source = CONFIG.sources[wildcards.source]
    state = watched.state_of_odd(source) if source.kind == "local" else ""
    return state or settings.settings_text(source, "download")


def corpus_downloads(wildcards):
    """The downloads that a corpus reads."""
    return [
        artifact("downloads", name)
        for name in references.sources_of_corpus(CONFIG, wildcards.name)
    ]


def corpus_inputs(wildcards):
    """What a corpus reads: downloads, its shards, and its pivot, whose held-out part it follows."""
    corpus = CONFIG.corpora[wildcards.name]
    inputs = {"downloads": corpus_downloads(wildcards)}
    if corpus.shards > 1:
        inputs["shards"] = [
            artifact("shards", wildcards.name, str(shard))
            for shard in range(corpus.shards)
        ]
    if corpus.pivot is not None:
        inputs["pivot"] = artifact("corpora", corpus.pivot)
    return inputs


def corpus_arguments(wildcards, input):
    pivot = f"--pivot {paths([input.pivot])}" if "pivot" in input.keys() else ""
    shards = f"--shards={paths(input.shards)}" if "shards" in input.keys() else ""
    return f"{pivot} {shards}"


def tokenizer_inputs(wildcards):
    """The corpora that a tokenizer is trained on, or the download that holds it."""
    made_from = references.tokenizer_made_from(CONFIG, wildcards.name)
    if made_from.download is not None:
        return {"download": artifact("downloads", made_from.download)}
    return {"corpora": [artifact("corpora", name) for name in made_from.corpora]}


def tokenizer_origin(wildcards, input):
    if "download" in input.keys():
        return f"--download {paths([input.download])}"
    return f"--corpora {paths(input.corpora)}"


def vector_inputs(wildcards):
    """The corpus that vectors are trained on, or the download that holds them."""
    made_from = references.made_from(CONFIG.vectors[wildcards.name])
    folders_of = {"corpora": "corpora", "sources": "downloads"}
    return {section: artifact(folders_of[section], name) for section, name in made_from}


def vector_origin(wildcards, input):
    if "corpora" in input.keys():
        return f"--corpus {paths([input.corpora])}"
    return f"--download {paths([input.sources])}"


def alignment_inputs(wildcards):
    """Both vector spaces, and what dictionaries are read from."""
    block = CONFIG.alignments[wildcards.name]
    return {
        "source": artifact("vectors", block.source),
        "target": artifact("vectors", block.target),
        "downloads": [
            artifact("downloads", name)
            for name in references.sources_of_alignment(CONFIG, wildcards.name)
        ],
        "corpora": [
            artifact("corpora", name)
            for name in references.corpora_of_alignment(CONFIG, wildcards.name)
        ],
    }


def initialization_inputs(wildcards):
    """What the method may use: the same inputs for every method, so that a method is one word.

    Vectors and donors come only where the method takes them: others need not wait for them.
    """
    run = CONFIG.runs[wildcards.run]
    inputs = {
        "source": source_model(run.model),
        "tokenizer": artifact("tokenizers", run.tokenizer),
        "corpora": [artifact("corpora", name) for name in run.corpora],
    }
    evidence = references.evidence(CONFIG, wildcards.run, wildcards.initialization)
    if evidence.donor is not None:
        inputs["donor"] = source_model(evidence.donor)
    if evidence.multilingual_vectors is not None:
        inputs["multilingual"] = artifact("vectors", evidence.multilingual_vectors)
    if evidence.alignments:
        inputs["alignments"] = [
            artifact("alignments", name) for name in evidence.alignments
        ]
        inputs["source_vectors"] = artifact(
            "vectors", references.source_vectors(CONFIG, wildcards.run)
        )
        inputs["target_vectors"] = [
            artifact("vectors", CONFIG.alignments[name].target)
            for name in evidence.alignments
        ]
    return inputs


def parallel_text(wildcards, input):
    """The corpora that are translated: those that follow a pivot."""
    return paths(
        p
        for p in input.corpora
        if CONFIG.corpora[Path(p).parent.name].pivot is not None
    )


def donor_argument(wildcards, input):
    return f"--donor {paths([input.donor])}" if "donor" in input.keys() else ""


def vector_arguments(wildcards, input):
    if "multilingual" in input.keys():
        return f"--multilingual-vectors {paths([input.multilingual])}"
    if "alignments" not in input.keys():
        return ""
    return (
        f"--alignment {paths(input.alignments)} --source-vectors {paths([input.source_vectors])} "
        f"--target-vectors {paths(input.target_vectors)}"
    )


def held_out_inputs(names):
    """Corpora with held-out text, and the pivots of those that have one."""
    with_pivot = [name for name in names if CONFIG.corpora[name].pivot is not None]
    return {
        "corpora": [artifact("corpora", name) for name in names],
        "pivots": [
            artifact("corpora", CONFIG.corpora[name].pivot) for name in with_pivot
        ],
    }


def named_pivots(wildcards, input):
    """`target=pivot's folder,...`: pivots are known by the corpus that follows them."""
    followers = [
        name
        for name in (Path(path).parent.name for path in input.corpora)
        if CONFIG.corpora[name].pivot is not None
    ]
    return ",".join(
        f"{name}={Path(path).parent}" for name, path in zip(followers, input.pivots)
    )


def evaluation_inputs(wildcards):
    run = CONFIG.runs[wildcards.run]
    return {
        "source": source_model(run.model),
        **held_out_inputs(run.corpora),
        "datasets": [artifact("datasets", name) for name in references.used_datasets(CONFIG)],
    }


def tokenizer_evaluation_inputs(wildcards):
    run = references.run_with_tokenizer(CONFIG, wildcards.tokenizer)
    return {"source": source_model(run.model), **held_out_inputs(run.corpora)}
