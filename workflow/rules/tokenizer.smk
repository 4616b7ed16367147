"""Tokenizers for the target languages."""


rule train_tokenizer:
    """Train a tokenizer on one or more corpora."""
    input:
        corpora=lambda wildcards: [
            artifact("corpora", name)
            for name in CONFIG.tokenizers[wildcards.name].corpora
        ],
        script=scripts("train_tokenizer.py"),
    output:
        manifest="<results>/tokenizers/{name}/manifest.json",
        tokenizer="<results>/tokenizers/{name}/tokenizer.json",
    log:
        "<logs>/tokenizers/{name}.log",
    benchmark:
        "<benchmarks>/tokenizers/{name}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
    params:
        settings=lambda wildcards: plan.settings(
            CONFIG.tokenizers[wildcards.name], "tokenizer"
        ),
        corpora=lambda wildcards, input: paths(input.corpora),
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --corpora {params.corpora:q} "
        "--threads {threads} --output {params.folder:q} > {log:q} 2>&1"
