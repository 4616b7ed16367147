"""Embeddings for the new vocabulary."""


rule train_generator:
    """Train a network that makes rows of embeddings, and measure it on tokens it has not seen."""
    input:
        unpack(inputs_of("train_generator")),
        script=program_of("train_generator"),
    output:
        manifest="<results>/generators/{name}/manifest.json",
        weights="<results>/generators/{name}/network.safetensors",
        metrics=report(
            "<results>/generators/{name}/metrics.json",
            category="Generators",
            labels={"generator": "{name}"},
            caption="../report/generator.rst",
        ),
    log:
        "<logs>/generators/{name}.log",
    benchmark:
        "<benchmarks>/generators/{name}.jsonl"
    priority: precedence.WORDS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(4000, times=6),
        runtime=minutes(240, per_gigabyte=600),
    params:
        settings=settings_of("train_generator"),
        arguments=arguments_of("train_generator"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule initialize_embeddings:
    """Give the source model the new vocabulary; the rows of its embeddings by one method."""
    input:
        unpack(inputs_of("initialize_embeddings")),
        script=program_of("initialize_embeddings"),
    output:
        manifest="<results>/models/{run}/{initialization}/seed-{seed}/initialized/manifest.json",
        weights="<results>/models/{run}/{initialization}/seed-{seed}/initialized/model.safetensors",
        account=report(
            "<results>/models/{run}/{initialization}/seed-{seed}/initialized/initialization.json",
            category="Initializations",
            labels={
                "run": "{run}",
                "initialization": "{initialization}",
                "seed": "{seed}",
            },
            caption="../report/initialization.rst",
        ),
    log:
        "<logs>/models/{run}/{initialization}/seed-{seed}-initialized.log",
    benchmark:
        "<benchmarks>/models/{run}/{initialization}/seed-{seed}-initialized.jsonl"
    priority: precedence_of_training
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(4000, times=4),
        runtime=minutes(120),
    params:
        settings=settings_of("initialize_embeddings"),
        arguments=arguments_of("initialize_embeddings"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"
