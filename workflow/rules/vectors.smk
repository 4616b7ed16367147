"""Static word vectors, and pairs of them brought into one space."""


rule train_vectors:
    """Train word vectors on a corpus; one thread, because more make fastText unrepeatable."""
    input:
        unpack(inputs_of("train_vectors")),
        script=program_of("train_vectors"),
    output:
        manifest="<results>/vectors/{name}/manifest.json",
        vectors="<results>/vectors/{name}/vectors.npy",
    log:
        "<logs>/vectors/{name}.log",
    benchmark:
        "<benchmarks>/vectors/{name}.jsonl"
    priority: precedence.WORDS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(6000, times=2),
        runtime=minutes(60, per_gigabyte=600),
    params:
        settings=settings_of("train_vectors"),
        arguments=arguments_of("train_vectors"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule align_vectors:
    """Bring two vector spaces into one, and measure how well that worked."""
    input:
        unpack(inputs_of("align_vectors")),
        script=program_of("align_vectors"),
    output:
        manifest="<results>/alignments/{name}/manifest.json",
        mapping="<results>/alignments/{name}/mapping.npz",
        metrics=report(
            "<results>/alignments/{name}/metrics.json",
            category="Alignments",
            labels={"alignment": "{name}"},
            caption="../report/alignment.rst",
        ),
    log:
        "<logs>/alignments/{name}.log",
    benchmark:
        "<benchmarks>/alignments/{name}.jsonl"
    priority: precedence.WORDS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=3),
        runtime=minutes(60),
    params:
        settings=settings_of("align_vectors"),
        arguments=arguments_of("align_vectors"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"
