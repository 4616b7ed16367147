"""Source models, and continued pretraining.

Checkpoints live in `state/`, which Snakemake does not know: it would delete them before every
attempt. The declared model appears at the very end, so the same command starts or continues.
"""


rule convert_model:
    """Turn a downloaded model into a plain Hugging Face folder with a language-model head."""
    input:
        downloads=lambda wildcards: [
            artifact("downloads", name)
            for name in references.sources_of_model(CONFIG, wildcards.model)
        ],
        script=scripts("convert_model.py"),
    output:
        manifest="<results>/source_models/{model}/converted/manifest.json",
    log:
        "<logs>/source_models/{model}-converted.log",
    benchmark:
        "<benchmarks>/source_models/{model}-converted.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(3000, times=4),
        runtime=minutes(30),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.models[wildcards.model], "source_model"
        ),
        downloads=lambda wildcards, input: folders(input.downloads),
        folder=folder,
    shell:
        "python {input.script:q} --settings {params.settings:q} --downloads={params.downloads:q} "
        "--output {params.folder:q} > {log:q} 2>&1"


rule pretrain:
    """Continue pretraining from an initialized model; started again, it continues where it was."""
    input:
        model="<results>/models/{run}/{initialization}/seed-{seed}/initialized/manifest.json",
        tokens=lambda wildcards: [
            artifact("tokens", CONFIG.runs[wildcards.run].tokenizer, name)
            for name in CONFIG.runs[wildcards.run].corpora
        ],
        script=scripts("pretrain.py"),
    output:
        manifest="<results>/models/{run}/{initialization}/seed-{seed}/pretrained/manifest.json",
        weights="<results>/models/{run}/{initialization}/seed-{seed}/pretrained/model.safetensors",
        metrics="<results>/models/{run}/{initialization}/seed-{seed}/pretrained/metrics.jsonl",
    log:
        "<logs>/models/{run}/{initialization}/seed-{seed}-pretrained.log",
    benchmark:
        "<benchmarks>/models/{run}/{initialization}/seed-{seed}-pretrained.jsonl"
    conda:
        "../../envs/lingraft.yaml"
    resources:
        gpu=0,
        processes=1,
        nodes=1,
        mem_mb=memory(8000, times=8, of="model"),
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.pretraining[CONFIG.runs[wildcards.run].pretraining], "pretraining"
        ),
        seed=lambda wildcards: wildcards.seed,
        launcher=lambda wildcards, resources: training_launcher(resources),
        options=lambda wildcards, resources: training_options(resources),
        minutes=lambda wildcards, resources: time_budget(resources),
        model=lambda wildcards, input: paths([input.model]),
        tokens=lambda wildcards, input: paths(input.tokens),
        state=state_folder,
        folder=folder,
    shell:
        "{params.launcher} {input.script:q} --settings {params.settings:q} --model {params.model:q} "
        "--tokens {params.tokens:q} --seed {params.seed} --state {params.state:q} "
        "--time-budget {params.minutes} --threads {threads} {params.options} "
        "--output {params.folder:q} > {log:q} 2>&1"


use rule pretrain as warm_up_head with:
    input:
        model="<results>/source_models/{model}/converted/manifest.json",
        tokens=lambda wildcards: [
            artifact(
                "source_models",
                wildcards.model,
                "tokens",
                CONFIG.models[wildcards.model].head.corpus,
            )
        ],
        script=scripts("pretrain.py"),
    output:
        manifest="<results>/source_models/{model}/ready/manifest.json",
        weights="<results>/source_models/{model}/ready/model.safetensors",
        metrics="<results>/source_models/{model}/ready/metrics.jsonl",
    log:
        "<logs>/source_models/{model}-ready.log",
    benchmark:
        "<benchmarks>/source_models/{model}-ready.jsonl"
    threads: 2
    params:
        settings=lambda wildcards: settings.settings_text(
            CONFIG.pretraining[CONFIG.models[wildcards.model].head.pretraining],
            "pretraining",
        ),
        seed=1,
        launcher=lambda wildcards, resources: training_launcher(resources),
        options=lambda wildcards, resources: training_options(resources),
        minutes=lambda wildcards, resources: time_budget(resources),
        model=lambda wildcards, input: paths([input.model]),
        tokens=lambda wildcards, input: paths(input.tokens),
        state=state_folder,
        folder=folder,
