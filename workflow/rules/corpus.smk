"""Text: downloaded, read, cleaned, with a part held out; then as tokens."""


rule fetch:
    """Download one source. The only rule that asks the network, so it runs where Snakemake runs."""
    input:
        local_files,
        script=scripts("download.py"),
    output:
        manifest="<results>/downloads/{source}/manifest.json",
    log:
        "<logs>/downloads/{source}.log",
    benchmark:
        "<benchmarks>/downloads/{source}.jsonl"
    retries: 2
    localrule: True
    conda:
        "../../envs/lingraft.yaml"
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.sources[wildcards.source], "download"
        ),
        odd_files=odd_files,
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --output {params.folder:q} > {log:q} 2>&1"


rule clean_shard:
    """Read and clean a share of the files of one language, where its corpus has several shards."""
    input:
        downloads=corpus_downloads,
        script=scripts("clean_shard.py"),
    output:
        manifest="<results>/shards/{name}/{shard}/manifest.json",
    log:
        "<logs>/shards/{name}-{shard}.log",
    benchmark:
        "<benchmarks>/shards/{name}-{shard}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30, per_gigabyte=60),
    params:
        settings=lambda wildcards: settings.cleaning_settings(CONFIG, wildcards.name),
        downloads=lambda wildcards, input: folders(input.downloads),
        folder=lambda wildcards, output: folder(wildcards, output).parent,
    shell:
        "python {input.script:q} --name {wildcards.name:q} --settings {params.settings:q} "
        "--downloads={params.downloads:q} --shard {wildcards.shard} --output {params.folder:q} > {log:q} 2>&1"


rule prepare_corpus:
    """Read, clean and split the text of one language."""
    input:
        unpack(corpus_inputs),
        script=scripts("prepare_corpus.py"),
    output:
        manifest="<results>/corpora/{name}/manifest.json",
        train="<results>/corpora/{name}/train.jsonl.zst",
        valid="<results>/corpora/{name}/valid.jsonl.zst",
    log:
        "<logs>/corpora/{name}.log",
    benchmark:
        "<benchmarks>/corpora/{name}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000, times=8),
        runtime=minutes(30, per_gigabyte=60),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.corpora[wildcards.name], "corpus"
        ),
        downloads=lambda wildcards, input: folders(input.downloads),
        more=corpus_arguments,
        folder=folder,
    shell:
        "python {input.script:q} --name {wildcards.name:q} --settings {params.settings:q} "
        "--downloads={params.downloads:q} {params.more} --output {params.folder:q} > {log:q} 2>&1"


rule encode_corpus:
    """Turn a corpus into tokens, with a trained tokenizer."""
    input:
        tokenizer="<results>/tokenizers/{tokenizer}/manifest.json",
        corpus="<results>/corpora/{corpus}/manifest.json",
        script=scripts("encode_corpus.py"),
    output:
        manifest="<results>/tokens/{tokenizer}/{corpus}/manifest.json",
    log:
        "<logs>/tokens/{tokenizer}-{corpus}.log",
    benchmark:
        "<benchmarks>/tokens/{tokenizer}-{corpus}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    threads: 2
    resources:
        mem_mb=memory(2000, times=2),
        runtime=minutes(30, per_gigabyte=60),
    params:
        version=settings.STAGE_VERSION["tokens"],
        tokenizer=lambda wildcards, input: paths([input.tokenizer]),
        corpus=lambda wildcards, input: paths([input.corpus]),
        folder=folder,
    shell:
        "python {input.script:q} --tokenizer {params.tokenizer:q} --corpus {params.corpus:q} "
        "--threads {threads} --output {params.folder:q} > {log:q} 2>&1"


use rule encode_corpus as encode_corpus_for_head with:
    input:
        tokenizer="<results>/source_models/{model}/converted/manifest.json",
        corpus="<results>/corpora/{corpus}/manifest.json",
        script=scripts("encode_corpus.py"),
    output:
        manifest="<results>/source_models/{model}/tokens/{corpus}/manifest.json",
    log:
        "<logs>/source_models/{model}-tokens-{corpus}.log",
    benchmark:
        "<benchmarks>/source_models/{model}-tokens-{corpus}.jsonl"
