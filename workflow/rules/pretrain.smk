"""Source models, and continued pretraining.

Checkpoints live in `state/`, which Snakemake does not know: it would delete them before every
attempt. The declared model appears at the very end, so the same command starts or continues.
"""


rule convert_model:
    """Turn a downloaded model into a plain Hugging Face folder with a language-model head."""
    input:
        unpack(inputs_of("convert_model")),
        script=program_of("convert_model"),
    output:
        manifest="<results>/source_models/{model}/converted/manifest.json",
    log:
        "<logs>/source_models/{model}-converted.log",
    benchmark:
        "<benchmarks>/source_models/{model}-converted.jsonl"
    priority: precedence.SOURCE_MODEL
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=4),
        runtime=minutes(30),
    params:
        settings=settings_of("convert_model"),
        arguments=arguments_of("convert_model"),
    shell:
        "python {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--threads {threads} > {log:q} 2>&1"


rule pretrain:
    """Continue pretraining from an initialized model; started again, it continues where it was."""
    input:
        unpack(inputs_of("pretrain")),
        script=program_of("pretrain"),
    output:
        manifest="<results>/models/{run}/{initialization}/seed-{seed}/pretrained/manifest.json",
        weights="<results>/models/{run}/{initialization}/seed-{seed}/pretrained/model.safetensors",
        metrics="<results>/models/{run}/{initialization}/seed-{seed}/pretrained/metrics.jsonl",
    log:
        "<logs>/models/{run}/{initialization}/seed-{seed}-pretrained.log",
    benchmark:
        "<benchmarks>/models/{run}/{initialization}/seed-{seed}-pretrained.jsonl"
    priority: precedence_of_training
    conda:
        "../../envs/lingraft.yaml"
    resources:
        # 0: no GPU. Profiles of machines with GPUs set the number (set-resources).
        gpu=0,
        processes=1,
        nodes=1,
        mem_mb=memory(8000, times=8, of="model"),
    params:
        launcher=launcher_of("pretrain"),
        settings=settings_of("pretrain"),
        stopping=stopping_of("pretrain"),
        arguments=arguments_of("pretrain"),
        # A parameter, since the shell line is also that of warm_up_head, which has no such
        # wildcard.
        seed="{seed}",
    shell:
        "{params.launcher} {input.script:q} --settings {params.settings:q} {params.arguments} "
        "--seed {params.seed} --threads {threads} > {log:q} 2>&1"


# What is not named here (shell, resources, environment) is that of the rule pretrain.
use rule pretrain as warm_up_head with:
    input:
        unpack(inputs_of("warm_up_head")),
        script=program_of("warm_up_head"),
    output:
        manifest="<results>/source_models/{model}/ready/manifest.json",
        weights="<results>/source_models/{model}/ready/model.safetensors",
        metrics="<results>/source_models/{model}/ready/metrics.jsonl",
    log:
        "<logs>/source_models/{model}-ready.log",
    benchmark:
        "<benchmarks>/source_models/{model}-ready.jsonl"
    priority: precedence.SOURCE_MODEL
    params:
        launcher=launcher_of("warm_up_head"),
        settings=settings_of("warm_up_head"),
        stopping=stopping_of("warm_up_head"),
        arguments=arguments_of("warm_up_head"),
        seed=1,
