"""Sentence encoders: one more step of a training, beside `initialized` and `pretrained`."""


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
