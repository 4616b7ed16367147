"""Embeddings for the new vocabulary."""


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
        mem_mb=memory(4000, times=4),
        runtime=minutes(120),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.initializations[wildcards.initialization], "initialization"
        ),
        source=lambda wildcards, input: paths([input.source]),
        tokenizer=lambda wildcards, input: paths([input.tokenizer]),
        corpora=lambda wildcards, input: paths(input.corpora),
        parallel=parallel_text,
        vectors=vector_arguments,
        donor=donor_argument,
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --source-model {params.source:q} "
        "--target-tokenizer {params.tokenizer:q} --corpora={params.corpora:q} "
        "--parallel={params.parallel:q} {params.vectors} {params.donor} "
        "--seed {wildcards.seed} --threads {threads} --output {params.folder:q} > {log:q} 2>&1"
