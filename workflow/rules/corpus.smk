"""Text: downloaded, read, cleaned, with a part held out; then as tokens."""


rule fetch:
    """Download one source. The only rule that asks the network, so it runs where Snakemake runs."""
    input:
        local_files,
        script=program_of("fetch"),
    output:
        manifest="<results>/downloads/{source}/manifest.json",
    log:
        "<logs>/downloads/{source}.log",
    benchmark:
        "<benchmarks>/downloads/{source}.jsonl"
    priority: precedence.TEXT
    retries: 2
    localrule: True
    conda:
        "../../envs/lingraft.yaml"
    params:
        settings=settings_of("fetch"),
        odd_files=odd_files,
        arguments=arguments_of("fetch"),
    # `:q` quotes a value for the shell.
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule clean_shard:
    """Read and clean a share of the files of one language, where its corpus has several shards."""
    input:
        # unpack: each entry of the mapping that the function returns is an input with this name.
        unpack(inputs_of("clean_shard")),
        script=program_of("clean_shard"),
    output:
        manifest="<results>/shards/{name}/{shard}/manifest.json",
    log:
        "<logs>/shards/{name}-{shard}.log",
    benchmark:
        "<benchmarks>/shards/{name}-{shard}.jsonl"
    priority: precedence.TEXT
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30, per_gigabyte=60),
    params:
        settings=settings_of("clean_shard"),
        arguments=arguments_of("clean_shard"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule prepare_corpus:
    """Read, clean and split the text of one language."""
    input:
        unpack(inputs_of("prepare_corpus")),
        script=program_of("prepare_corpus"),
    output:
        manifest="<results>/corpora/{name}/manifest.json",
        train="<results>/corpora/{name}/train.jsonl.zst",
        valid="<results>/corpora/{name}/valid.jsonl.zst",
    log:
        "<logs>/corpora/{name}.log",
    benchmark:
        "<benchmarks>/corpora/{name}.jsonl"
    priority: precedence.TEXT
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000, times=8),
        runtime=minutes(30, per_gigabyte=60),
    params:
        settings=settings_of("prepare_corpus"),
        arguments=arguments_of("prepare_corpus"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule encode_corpus:
    """Turn a corpus into tokens, with a trained tokenizer."""
    input:
        unpack(inputs_of("encode_corpus")),
        script=program_of("encode_corpus"),
    output:
        manifest="<results>/tokens/{tokenizer}/{corpus}/manifest.json",
    log:
        "<logs>/tokens/{tokenizer}-{corpus}.log",
    benchmark:
        "<benchmarks>/tokens/{tokenizer}-{corpus}.jsonl"
    priority: precedence.WORDS
    conda:
        "../../envs/lingraft.yaml"
    threads: cores(2, from_mb=50, of="corpus")
    resources:
        mem_mb=memory(2000, times=2),
        runtime=minutes(30, per_gigabyte=60),
    params:
        version=version_of("encode_corpus"),
        arguments=arguments_of("encode_corpus"),
    shell:
        "python {input.script:q} {params.arguments} --threads {threads} > {log:q} 2>&1"


use rule encode_corpus as encode_corpus_for_head with:
    input:
        unpack(inputs_of("encode_corpus_for_head")),
        script=program_of("encode_corpus_for_head"),
    output:
        manifest="<results>/source_models/{model}/tokens/{corpus}/manifest.json",
    log:
        "<logs>/source_models/{model}-tokens-{corpus}.log",
    benchmark:
        "<benchmarks>/source_models/{model}-tokens-{corpus}.jsonl"
    priority: precedence.SOURCE_MODEL
    params:
        version=version_of("encode_corpus_for_head"),
        arguments=arguments_of("encode_corpus_for_head"),
