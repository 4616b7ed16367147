"""The door to the workflow, where `snakemake` looks first; everything is in workflow/Snakefile."""


include: "workflow/Snakefile"


rule default:
    """What `snakemake` makes if nobody names a target: everything."""
    default_target: True
    input:
        rules.all.input,
    localrule: True
