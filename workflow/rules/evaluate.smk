"""What the models, tokenizers, vectors and alignments are worth.

One job measures one model with every task: starting Python costs seconds, and texts that tasks
share are embedded once. Each task has its own result file.
"""


rule prepare_dataset:
    """Read labelled texts or sentence pairs of all languages of one dataset."""
    input:
        unpack(inputs_of("prepare_dataset")),
        script=program_of("prepare_dataset"),
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
        settings=settings_of("prepare_dataset"),
        arguments=arguments_of("prepare_dataset"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule evaluate:
    """Measure one model, at one step, with every configured task."""
    input:
        unpack(inputs_of("evaluate")),
        script=program_of("evaluate"),
    output:
        # Doubled braces remain wildcards of the rule; collect fills in {task} alone.
        results=collect(
            "<results>/evaluation/{{run}}/{{initialization}}/seed-{{seed}}/{{step}}/{task}.json",
            task=model_tasks(CONFIG),
        ),
    log:
        "<logs>/evaluation/{run}/{initialization}/seed-{seed}-{step}.log",
    benchmark:
        "<benchmarks>/evaluation/{run}/{initialization}/seed-{seed}-{step}.jsonl"
    priority: precedence_of_evaluation
    conda:
        "../../envs/lingraft.yaml"
    resources:
        gpu=0,
        mem_mb=memory(6000, times=4, of="model"),
        runtime=minutes(240),
    params:
        launcher=launcher_by_gpus("evaluate"),
        settings=settings_of("evaluate"),
        arguments=arguments_of("evaluate"),
        state=f"state/{CONFIG.experiment}/evaluation",
    shell:
        "{params.launcher:{resources.gpu}} {input.script:q} --settings {params.settings:q} "
        "{params.arguments} --state {params.state:q} --threads {threads} > {log:q} 2>&1"


rule evaluate_tokenizer:
    """How well a vocabulary fits its language, and what it shares with the source's."""
    input:
        unpack(inputs_of("evaluate_tokenizer")),
        script=program_of("evaluate_tokenizer"),
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
        settings=settings_of("evaluate_tokenizer"),
        arguments=arguments_of("evaluate_tokenizer"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule evaluate_alignment:
    """What an alignment is worth, by one task."""
    input:
        unpack(inputs_of("evaluate_alignment")),
        script=program_of("evaluate_alignment"),
    output:
        result="<results>/evaluation/{task}/{name}.json",
    log:
        "<logs>/evaluation/{task}/{name}.log",
    benchmark:
        "<benchmarks>/evaluation/{task}/{name}.jsonl"
    wildcard_constraints:
        task=any_of(alignment_tasks(CONFIG)),
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=3),
        runtime=minutes(60),
    params:
        settings=settings_of("evaluate_alignment"),
        arguments=arguments_of("evaluate_alignment"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule evaluate_vectors:
    """What a set of word vectors is worth, by one task."""
    input:
        unpack(inputs_of("evaluate_vectors")),
        script=program_of("evaluate_vectors"),
    output:
        result="<results>/evaluation/vectors/{name}/{task}.json",
    log:
        "<logs>/evaluation/vectors/{name}-{task}.log",
    benchmark:
        "<benchmarks>/evaluation/vectors/{name}/{task}.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=3),
        runtime=minutes(60),
    params:
        settings=settings_of("evaluate_vectors"),
        arguments=arguments_of("evaluate_vectors"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"
