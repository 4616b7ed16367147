"""lingraft: from a pretrained model and raw text to an adapted model and the evidence for it.

snakemake: the embedded default, on this machine
snakemake --configfile config/tiny.yaml: another configuration, which replaces the default
snakemake --workflow-profile profiles/slurm: on a cluster
"""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


rule all:
    """Everything up to the report; a model or an evaluation that is lost is made again."""
    input:
        everything,
    localrule: True


rule models:
    """The trained models, without their evaluation."""
    input:
        final_model_files(CONFIG),
    localrule: True


rule evaluation:
    """All evaluation results, without the report."""
    input:
        evaluation_files(CONFIG),
    localrule: True


rule download:
    """Everything from the network, for machines whose compute nodes have none."""
    input:
        download_files(CONFIG),
    localrule: True


include: "workflow/rules/corpus.smk"
include: "workflow/rules/tokenizer.smk"
include: "workflow/rules/vectors.smk"
include: "workflow/rules/initialize.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/report.smk"


onsuccess:
    notify(CONFIG.experiment, is_success=True)


onerror:
    clean_up(Path("results", CONFIG.experiment))
    notify(CONFIG.experiment, is_success=False)
