"""Tokenizers for the target languages."""


rule train_tokenizer:
    """Train a tokenizer on one or more corpora, or take a published one from a download."""
    input:
        unpack(inputs_of("train_tokenizer")),
        script=program_of("train_tokenizer"),
    output:
        manifest="<results>/tokenizers/{name}/manifest.json",
        tokenizer="<results>/tokenizers/{name}/tokenizer.json",
    log:
        "<logs>/tokenizers/{name}.log",
    benchmark:
        "<benchmarks>/tokenizers/{name}.jsonl"
    priority: precedence.WORDS
    conda:
        "../../envs/lingraft.yaml"
    threads: cores(2, from_mb=50, of="corpora")
    resources:
        mem_mb=memory(3000, times=20, most=64_000),
        runtime=minutes(60, per_gigabyte=240),
    params:
        settings=settings_of("train_tokenizer"),
        arguments=arguments_of("train_tokenizer"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"
