"""Static word vectors, and pairs of them brought into one space."""


rule train_vectors:
    """Train word vectors on a corpus; one thread, because more make fastText unrepeatable."""
    input:
        unpack(vector_inputs),
        script=scripts("train_vectors.py"),
    output:
        manifest="<results>/vectors/{name}/manifest.json",
        vectors="<results>/vectors/{name}/vectors.npy",
    log:
        "<logs>/vectors/{name}.log",
    benchmark:
        "<benchmarks>/vectors/{name}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(6000, times=2),
        runtime=minutes(60, per_gigabyte=600),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.vectors[wildcards.name], "vectors"
        ),
        origin=vector_origin,
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.origin} "
        "--threads {threads} --output {params.folder:q} > {log:q} 2>&1"


rule align_vectors:
    """Bring two vector spaces into one, and measure how well that worked."""
    input:
        unpack(alignment_inputs),
        script=scripts("align_vectors.py"),
    output:
        manifest="<results>/alignments/{name}/manifest.json",
        mapping="<results>/alignments/{name}/mapping.npz",
        metrics="<results>/alignments/{name}/metrics.json",
    log:
        "<logs>/alignments/{name}.log",
    benchmark:
        "<benchmarks>/alignments/{name}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=3),
        runtime=minutes(60),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.alignments[wildcards.name], "alignment"
        ),
        source=lambda wildcards, input: paths([input.source]),
        target=lambda wildcards, input: paths([input.target]),
        downloads=lambda wildcards, input: folders(input.downloads),
        corpora=lambda wildcards, input: folders(input.corpora),
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --source-vectors {params.source:q} "
        "--target-vectors {params.target:q} --downloads={params.downloads:q} --corpora={params.corpora:q} "
        "--output {params.folder:q} > {log:q} 2>&1"
