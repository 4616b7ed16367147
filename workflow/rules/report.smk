"""The page that a researcher opens in the morning."""


rule report:
    """One offline page, and its tables and figures."""
    input:
        evaluation_files(CONFIG),
        tables=[here(path) for path in CONFIG.report.paper_tables],
        script=program_of("report"),
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
        config=STAGES.whole_configuration,
        published=table_digest(CONFIG),
        arguments=arguments_of("report"),
    shell:
        "python {input.script:q} --config {params.config:q} {params.arguments} > {log:q} 2>&1"
