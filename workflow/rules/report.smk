"""The page that a researcher opens in the morning."""


rule report:
    """One offline page, and its tables and figures."""
    input:
        evaluation_files(),
        tables=[here(path) for path in CONFIG.report.paper_tables],
        script=scripts("write_report.py"),
    output:
        page=report(
            "<results>/report/index.html",
            category="Report",
            caption="../report/page.rst",
        ),
    log:
        "<logs>/report.log",
    conda:
        "../../envs/lingraft.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        config=lambda wildcards: pack(settings.config_text(CONFIG)),
        published=table_digest(CONFIG),
        results=lambda wildcards, output: Path(output.page).parents[1],
        folder=lambda wildcards, output: Path(output.page).parent,
    shell:
        "python {input.script:q} --config {params.config:q} --results {params.results:q} "
        "--output {params.folder:q} > {log:q} 2>&1"
