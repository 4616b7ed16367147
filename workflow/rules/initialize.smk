"""Embeddings for the new vocabulary."""


def initialization_inputs(wildcards):
    """What the method may use: the same inputs for every method, so that a method is one word.

    Aligned vectors come only where the method asks for them: others need not wait for them.
    """
    run = CONFIG.runs[wildcards.run]
    inputs = {
        "source": source_model(run.model),
        "tokenizer": artifact("tokenizers", run.tokenizer),
        "corpora": [artifact("corpora", name) for name in run.corpora],
    }
    if plan.needs_vectors(CONFIG, wildcards.initialization):
        inputs["alignments"] = [artifact("alignments", name) for name in run.alignments]
        inputs["source_vectors"] = artifact(
            "vectors", plan.source_vectors(CONFIG, wildcards.run)
        )
        inputs["target_vectors"] = [
            artifact("vectors", CONFIG.alignments[name].target)
            for name in run.alignments
        ]
    return inputs


def parallel_text(wildcards, input):
    """The corpora that are translated: those that follow a pivot."""
    return paths(
        p
        for p in input.corpora
        if CONFIG.corpora[Path(p).parent.name].pivot is not None
    )


def vector_arguments(wildcards, input):
    if "alignments" not in input.keys():
        return ""
    return (
        f"--alignment {paths(input.alignments)} --source-vectors {paths([input.source_vectors])} "
        f"--target-vectors {paths(input.target_vectors)}"
    )


rule initialize_embeddings:
    """Give the source model the new vocabulary; the rows of its embeddings by one method."""
    input:
        unpack(initialization_inputs),
        script=scripts("initialize_embeddings.py"),
    output:
        manifest="<results>/models/{run}/{initialization}/seed-{seed}/initialized/manifest.json",
        weights="<results>/models/{run}/{initialization}/seed-{seed}/initialized/model.safetensors",
        report="<results>/models/{run}/{initialization}/seed-{seed}/initialized/initialization.json",
    log:
        "<logs>/models/{run}/{initialization}/seed-{seed}-initialized.log",
    benchmark:
        "<benchmarks>/models/{run}/{initialization}/seed-{seed}-initialized.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
    params:
        settings=lambda wildcards: plan.settings(
            CONFIG.initializations[wildcards.initialization], "initialization"
        ),
        source=lambda wildcards, input: paths([input.source]),
        tokenizer=lambda wildcards, input: paths([input.tokenizer]),
        corpora=lambda wildcards, input: paths(input.corpora),
        parallel=parallel_text,
        vectors=vector_arguments,
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --source-model {params.source:q} "
        "--target-tokenizer {params.tokenizer:q} --corpora {params.corpora:q} "
        "--parallel {params.parallel:q} {params.vectors} "
        "--seed {wildcards.seed} --threads {threads} --output {params.folder:q} > {log:q} 2>&1"
