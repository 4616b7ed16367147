"""Sentence encoders: one more step of a training, beside `initialized` and `pretrained`.

They learn from sets of examples without held-out texts.
"""


rule tune_encoder:
    """Tune a sentence encoder; started again, it continues where it was."""
    input:
        unpack(inputs_of("tune_encoder")),
        script=program_of("tune_encoder"),
    output:
        manifest="<results>/models/{run}/{initialization}/seed-{seed}/{encoder}/manifest.json",
        weights="<results>/models/{run}/{initialization}/seed-{seed}/{encoder}/model.safetensors",
        metrics="<results>/models/{run}/{initialization}/seed-{seed}/{encoder}/metrics.jsonl",
    log:
        "<logs>/models/{run}/{initialization}/seed-{seed}-{encoder}.log",
    benchmark:
        "<benchmarks>/models/{run}/{initialization}/seed-{seed}-{encoder}.jsonl"
    priority: precedence.ENCODERS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        gpu=0,
        processes=1,
        nodes=1,
        mem_mb=memory(6000, times=8, of="model"),
    params:
        launcher=launcher_of("tune_encoder"),
        settings=settings_of("tune_encoder"),
        arguments=arguments_of("tune_encoder"),
        seed="{seed}",
    shell:
        "{params.launcher} {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--seed {params.seed} --threads {threads} > {log:q} 2>&1"


# Both rules write training sets; the names of those that a model mines are constrained below.
ruleorder: mine_negatives > prepare_training_set


rule prepare_training_set:
    """Read the examples of a set; leave out what is held out, or nearly repeats it."""
    input:
        unpack(inputs_of("prepare_training_set")),
        script=program_of("prepare_training_set"),
    output:
        manifest="<results>/training_sets/{name}/manifest.json",
    log:
        "<logs>/training_sets/{name}.log",
    benchmark:
        "<benchmarks>/training_sets/{name}.jsonl"
    priority: precedence.ENCODERS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000, times=20),
        runtime=minutes(60, per_gigabyte=600),
    params:
        settings=settings_of("prepare_training_set"),
        arguments=arguments_of("prepare_training_set"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule mine_negatives:
    """Give the pairs of a set hard negatives, which a model finds among the set's texts."""
    input:
        unpack(inputs_of("mine_negatives")),
        script=program_of("mine_negatives"),
    output:
        manifest="<results>/training_sets/{name}/manifest.json",
    log:
        "<logs>/training_sets/{name}.log",
    benchmark:
        "<benchmarks>/training_sets/{name}.jsonl"
    wildcard_constraints:
        name=mined_names(CONFIG),
    priority: precedence.ENCODERS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        # 0: no GPU. Profiles of machines with GPUs set the number (set-resources).
        gpu=0,
        mem_mb=memory(6000, times=20),
        runtime=minutes(240),
    params:
        settings=settings_of("mine_negatives"),
        arguments=arguments_of("mine_negatives"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule merge_encoders:
    """Merge models of a run to one sentence encoder."""
    input:
        unpack(inputs_of("merge_encoders")),
        script=program_of("merge_encoders"),
    output:
        manifest="<results>/models/{run}/{initialization}/seed-{seed}/{merged}/manifest.json",
        weights="<results>/models/{run}/{initialization}/seed-{seed}/{merged}/model.safetensors",
        record="<results>/models/{run}/{initialization}/seed-{seed}/{merged}/weights.json",
    log:
        "<logs>/models/{run}/{initialization}/seed-{seed}-{merged}.log",
    benchmark:
        "<benchmarks>/models/{run}/{initialization}/seed-{seed}-{merged}.jsonl"
    priority: precedence.ENCODERS
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=6, of="members"),
        runtime=minutes(60),
    params:
        settings=settings_of("merge_encoders"),
        arguments=arguments_of("merge_encoders"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"
