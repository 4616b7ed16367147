"""What the models, tokenizers and alignments are worth.

One job measures one model with every task: starting Python costs seconds, and texts that tasks
share are embedded once. Each task has its own result file.
"""

MODEL_TASKS = references.model_tasks(CONFIG)


rule prepare_dataset:
    """Read labelled texts or sentence pairs of all languages of one dataset."""
    input:
        download=lambda wildcards: artifact(
            "downloads", CONFIG.datasets[wildcards.name].source
        ),
        script=scripts("prepare_dataset.py"),
    output:
        manifest="<results>/datasets/{name}/manifest.json",
    log:
        "<logs>/datasets/{name}.log",
    benchmark:
        "<benchmarks>/datasets/{name}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000, times=4),
        runtime=minutes(30),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.datasets[wildcards.name], "dataset"
        ),
        download=lambda wildcards, input: paths([input.download]),
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --download={params.download:q} "
        "--output {params.folder:q} > {log:q} 2>&1"


rule evaluate:
    """Measure one model, at one step, with every configured task."""
    input:
        unpack(evaluation_inputs),
        model="<results>/models/{run}/{initialization}/seed-{seed}/{step}/manifest.json",
        script=scripts("evaluate.py"),
    output:
        results=collect(
            "<results>/evaluation/{{run}}/{{initialization}}/seed-{{seed}}/{{step}}/{task}.json",
            task=MODEL_TASKS,
        ),
    log:
        "<logs>/evaluation/{run}/{initialization}/seed-{seed}-{step}.log",
    benchmark:
        "<benchmarks>/evaluation/{run}/{initialization}/seed-{seed}-{step}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        gpu=0,
        mem_mb=memory(6000, times=4, of="model"),
        runtime=minutes(240),
    params:
        settings=lambda wildcards: settings.evaluation_settings(CONFIG, *MODEL_TASKS),
        devices=lambda wildcards, resources: device_launcher(resources),
        model=lambda wildcards, input: paths([input.model]),
        source=lambda wildcards, input: paths([input.source]),
        corpora=lambda wildcards, input: folders(input.corpora),
        pivots=named_pivots,
        data=lambda wildcards, input: folders(input.datasets),
        folder=lambda wildcards, output: Path(output.results[0]).parent,
        state=f"state/{CONFIG.experiment}/evaluation",
    shell:
        "{params.devices}python {input.script:q} --settings {params.settings:q} --model {params.model:q} "
        "--source-model {params.source:q} --corpora={params.corpora:q} --pivots={params.pivots:q} "
        "--data={params.data:q} --state {params.state:q} --threads {threads} --output {params.folder:q} > {log:q} 2>&1"


rule evaluate_tokenizer:
    """How well a vocabulary fits its language, and what it shares with the source's."""
    input:
        unpack(tokenizer_evaluation_inputs),
        tokenizer="<results>/tokenizers/{tokenizer}/manifest.json",
        script=scripts("evaluate.py"),
    output:
        result="<results>/evaluation/tokenizers/{tokenizer}.json",
    log:
        "<logs>/evaluation/tokenizers/{tokenizer}.log",
    benchmark:
        "<benchmarks>/evaluation/tokenizers/{tokenizer}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000, times=2),
        runtime=minutes(30),
    params:
        settings=lambda wildcards: settings.evaluation_settings(CONFIG, "tokenizer"),
        tokenizer=lambda wildcards, input: paths([input.tokenizer]),
        source=lambda wildcards, input: paths([input.source]),
        corpora=lambda wildcards, input: folders(input.corpora),
        pivots=named_pivots,
    shell:
        "python {input.script:q} --task tokenizer --settings {params.settings:q} "
        "--model {params.tokenizer:q} --source-model {params.source:q} --corpora={params.corpora:q} "
        "--pivots={params.pivots:q} --threads {threads} --output {output.result:q} > {log:q} 2>&1"


rule evaluate_lexicon:
    """How well an alignment translates words that it has not been fitted on."""
    input:
        alignment="<results>/alignments/{name}/manifest.json",
        source=lambda wildcards: artifact(
            "vectors", CONFIG.alignments[wildcards.name].source
        ),
        target=lambda wildcards: artifact(
            "vectors", CONFIG.alignments[wildcards.name].target
        ),
        script=scripts("evaluate.py"),
    output:
        result="<results>/evaluation/lexicon/{name}.json",
    log:
        "<logs>/evaluation/lexicon/{name}.log",
    benchmark:
        "<benchmarks>/evaluation/lexicon/{name}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=3),
        runtime=minutes(60),
    params:
        settings=lambda wildcards: settings.evaluation_settings(CONFIG, "lexicon"),
        alignment=lambda wildcards, input: paths([input.alignment]),
        data=lambda wildcards, input: f"source={paths([input.source])},target={paths([input.target])}",
    shell:
        "python {input.script:q} --task lexicon --settings {params.settings:q} "
        "--model {params.alignment:q} --data={params.data:q} --threads {threads} "
        "--output {output.result:q} > {log:q} 2>&1"
