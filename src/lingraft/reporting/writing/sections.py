"""The order of the report: which section has which tables, figures and sentences.

The page and the Markdown are written from the same sections.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.hours import hours_label
from lingraft.reporting.collected.pooling import pool
from lingraft.reporting.figures.curves import curve_figures, forgetting_figures
from lingraft.reporting.figures.encoders import tuning_figures
from lingraft.reporting.figures.figure import Figure
from lingraft.reporting.figures.initialization import norm_figure, provenance_figure
from lingraft.reporting.figures.neighborhoods import neighborhood_figures
from lingraft.reporting.figures.noise_curves import noise_figures
from lingraft.reporting.figures.results import interval_figures
from lingraft.reporting.figures.study_panels import curve_panels
from lingraft.reporting.findings.across_languages import answers
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.comparing import find, trivial_baselines
from lingraft.reporting.findings.curves import (
    Band,
    Mark,
    Match,
    bands,
    forgetting,
    marks,
    matches,
    measure_note,
    untrained,
)
from lingraft.reporting.findings.finding import MARGIN
from lingraft.reporting.findings.gains import gains
from lingraft.reporting.findings.leading import Standings
from lingraft.reporting.findings.measured_alike import measured_otherwise
from lingraft.reporting.findings.merging_curves import merge_curves, without_merges
from lingraft.reporting.findings.studies import studies
from lingraft.reporting.findings.vocabularies import remarks
from lingraft.reporting.findings.vocabulary_arms import vocabulary_comparisons
from lingraft.reporting.findings.vocabulary_scores import vocabulary_scores
from lingraft.reporting.published.beside import Beside, beside
from lingraft.reporting.published.levels import Level, published_levels
from lingraft.reporting.published.numbers import load_numbers
from lingraft.reporting.published.own_numbers import results_by_place
from lingraft.reporting.tables.costs import cost_table, training_table
from lingraft.reporting.tables.curves import curve_table, forgetting_table, match_table
from lingraft.reporting.tables.diagnostics import (
    diagnostic_tables,
    free_vectors_table,
    meanings,
)
from lingraft.reporting.tables.encoders import gain_table, tuning_table
from lingraft.reporting.tables.initialization import (
    calibration_table,
    choice_table,
    generator_table,
    neighbor_tables,
    provenance_table,
)
from lingraft.reporting.tables.inputs import (
    corpus_table,
    data_table,
    gap_table,
    precision_table,
    shared_table,
    tokenizer_table,
    version_table,
)
from lingraft.reporting.tables.published import papers_table
from lingraft.reporting.tables.refiners import refiner_table
from lingraft.reporting.tables.results import headline_tables, results_table
from lingraft.reporting.tables.samples import sample_tables
from lingraft.reporting.tables.stochastic_order import order_table
from lingraft.reporting.tables.studies import steps_to_match_table
from lingraft.reporting.tables.table import Table
from lingraft.reporting.tables.words import (
    aligned_table,
    alignment_table,
    vector_tables,
    vectors_table,
)
from lingraft.reporting.writing.conclusions import conclude, overall
from lingraft.reporting.writing.content import Content, Section
from lingraft.reporting.writing.merging_curves import merging_section
from lingraft.reporting.writing.studies import deciding_sentences, study_section
from lingraft.reporting.writing.vocabularies import vocabulary_section
from lingraft.stages.settings import config_text
from lingraft.stages.trainings import seed_counts, trainings

_STARTS = (
    "Did tuning help, and what did it cost? Each encoder is compared with the model that it was "
    "tuned from; the tables of results compare it with the baseline's encoder. Bits per byte say "
    "what is left of the language model."
)
_MOST_TABLES = 24  # headline tables on one page; beyond, only means over languages


def compose(config: Config, collection: Collected) -> Content:
    """Compare, conclude and arrange."""
    written = config
    config, collection = pool(config, collection)
    curves = merge_curves(config.report, collection)
    collection = without_merges(collection)
    cells = Cells(collection)
    findings = find(config, cells)
    standings = Standings(config, cells, findings)
    found_matches = matches(config, collection)
    found_gains = gains(config, cells)
    conclusions = conclude(config, collection, standings, found_matches, found_gains)
    found_studies = [
        (study, answers(config, cells, standings, study)) for study in studies(config, collection)
    ]
    content = Content(
        config,
        written,
        collection,
        standings,
        findings,
        found_gains,
        conclusions,
        found_studies,
        hours_label(collection),
    )
    rows = _beside(content)
    sections = [
        _summary(content),
        study_section(config, found_studies),
        _results(content),
        vocabulary_section(
            vocabulary_comparisons(config, collection, cells),
            list(vocabulary_scores(config, cells).values()),
        ),
        merging_section(config, curves),
        _encoders(content),
        _training(content, found_matches, rows),
        _diagnostics(content),
        _initialization(content),
        _inputs(content),
        _costs(content),
        _published(rows),
        _limits(content),
        _missing(content),
        _reproduce(content),
    ]
    filled = tuple(section for section in sections if not section.is_empty)
    return replace(content, sections=filled)


def _summary(content: Content) -> Section:
    paragraphs = []
    warnings = content.made_up
    if content.config.runs and not content.conclusions:
        paragraphs.append("No model has been evaluated yet, so there is nothing to compare.")
    paragraphs += [*deciding_sentences(content.studies), *overall(content.conclusions)]
    if content.missing:
        warnings.append(f"{content.missing}; see “What is missing”.")
    # The cards of many languages would hide what the study says; they are beside the results.
    alone = [c for c in content.conclusions if c.criterion.run not in content.studied_runs]
    return Section("summary", "Summary", "Summary", paragraphs, warnings, conclusions=alone)


def _results(content: Content) -> Section:
    config, findings, studied = content.config, content.findings, content.studied_runs
    trivial = trivial_baselines(config, content.collection)
    said = remarks(content.collection)
    headline = headline_tables(config, content.standings, trivial, _MOST_TABLES, said)
    order = []
    if config.report.stochastic_order:
        order.append(order_table(config, content.collection))
    sd = "± is the standard deviation over seeds. " if _has_seeds(config) else ""
    return Section(
        "results",
        "Results",
        "Results",
        []
        if not findings  # of models: vectors and alignments have tables of their own
        else [
            f"The second line of a cell is the difference from {config.report.baseline} with its "
            f"{config.report.confidence:.0%} interval. {sd}▲ and ▼ mark a difference that a test "
            "confirms after correction for the number of languages (Holm). ◐ marks an interval "
            "that excludes zero although this test does not confirm the difference.",
            "Bold marks the best and all that are level with it: those that a paired test against "
            f"the best (Holm) does not show to be worse. {_one_seed(content)}Nothing is bold if "
            "all are level, or if one of them could not be tested.",
        ],
        conclusions=[c for c in content.conclusions if c.criterion.run in studied],
        parts=[
            *headline,
            *interval_figures(config, [f for f in findings if f.criterion.run not in studied]),
            *noise_figures(config, content.collection),
            *_with_rows(sample_tables(config, content.collection)),
            *_with_rows([*order, results_table(findings)]),
        ],
    )


def _training(content: Content, found: Sequence[Match], rows: Sequence[Beside]) -> Section:
    config = content.config
    found_bands = bands(config, content.collection)
    forgotten = forgetting(config, content.collection)
    encoders = marks(config, content.collection, found_bands)
    ended = untrained(config, content.collection, found_bands)
    levels = published_levels(content.collection, rows)
    what = [measure_note(config, content.collection)] if found_bands else []
    left_out = list(measured_otherwise(config, content.collection))
    drawn = _curves(content, found_bands, levels, encoders, ended)
    baseline = config.report.baseline
    tables = [
        *(steps_to_match_table(study, baseline, found) for study in content.answered),
        match_table(found, content.hours),
        curve_table(found_bands, content.hours),
        forgetting_table(forgotten),
    ]
    alone = [one for one in forgotten if one.run not in content.studied_runs]
    forgetful = forgetting_figures(config, alone)
    parts: list[Table | Figure] = [*drawn, *forgetful, *_with_rows(tables)]
    return Section("training", "Learning curves", "Learning curves", what, left_out, parts=parts)


def _encoders(content: Content) -> Section:
    """What tuning changed; the columns of the encoders are in the tables of results."""
    config, collection = content.config, content.collection
    changed, took = gain_table(config, content.gains), tuning_table(collection)
    return Section(
        "encoders",
        "Encoders",
        "Sentence encoders",
        [_STARTS] if content.gains else [],
        parts=[
            *_with_rows([changed]),
            *tuning_figures(config, collection),
            *_with_rows([took]),
        ],
        marked_against="the model that the encoder was tuned from",
    )


def _curves(
    content: Content,
    found: Sequence[Band],
    levels: Sequence[Level],
    encoders: Sequence[Mark],
    ended: Sequence[Mark],
) -> list[Figure]:
    """Runs of a study together in one figure; a figure for each other run, or with levels."""
    baseline = content.config.report.baseline
    with_baseline = {band.run for band in found if band.initialization == baseline}
    together = [curve_panels(content.config, study, found) for study in content.answered]
    alone = (content.studied_runs & with_baseline) - {level.run for level in levels}
    others = [band for band in found if band.run not in alone]
    figures = [figure for figure in together if figure is not None]
    return [*figures, *curve_figures(content.config, others, levels, encoders, ended)]


def _diagnostics(content: Content) -> Section:
    found = diagnostic_tables(content.config, content.findings, _MOST_TABLES)
    paragraphs = [
        "These numbers explain the results and decide nothing: a space may be narrow and still put "
        "the right text first. Read alignment and uniformity together.",
        meanings(content.findings),
    ]
    return Section(
        "diagnostics",
        "Diagnostics",
        "Diagnostics of the vectors",
        paragraphs if found else [],
        parts=_with_rows([*found, free_vectors_table(content.collection)]),
    )


def _initialization(content: Content) -> Section:
    collection = content.collection
    drawn = [
        provenance_figure(collection),
        norm_figure(collection),
    ]
    tables = [
        provenance_table(collection),
        generator_table(collection),
        calibration_table(collection),
        choice_table(collection),
        *neighbor_tables(collection, content.config.report.examples),
    ]
    parts: list[Table | Figure] = [
        *(figure for figure in drawn if figure is not None),
        *_with_rows(tables),
    ]
    return Section("initialization", "Initialization", "What initialization did", parts=parts)


def _inputs(content: Content) -> Section:
    collection = content.collection
    tables = [
        alignment_table(collection, content.config.report.failed_alignment),
        aligned_table(collection, content.config.report.confidence),
        refiner_table(collection),
        *vector_tables(collection, content.config.report.confidence),
        vectors_table(collection, content.config.report.confidence),
        tokenizer_table(collection),
        shared_table(content.config, collection),
        precision_table(content.config, collection),
        corpus_table(content.config, collection),
        data_table(collection),
    ]
    title = "Alignments, vectors, tokenizers and text"
    drawn = neighborhood_figures(content.config, collection)
    return Section("inputs", "Inputs", title, parts=[*_with_rows(tables), *drawn])


def _costs(content: Content) -> Section:
    tables = [
        cost_table(content.collection),
        training_table(content.collection, content.hours),
    ]
    return Section("costs", "Cost", "What it cost", parts=_with_rows(tables))


def _beside(content: Content) -> list[Beside]:
    report = content.config.report
    if not report.published:
        return []
    numbers = load_numbers([Path(table) for table in report.paper_tables])
    results = results_by_place(content.collection)
    return beside(content.config, content.findings, results, numbers)


def _published(rows: Sequence[Beside]) -> Section:
    parts = _with_rows([papers_table(rows)])
    return Section("papers", "Papers", "Compared with published numbers", parts=parts)


def _limits(content: Content) -> Section:
    return Section("limits", "Limits", "What this does not show", bullets=content.limits)


def _missing(content: Content) -> Section:
    tables = _with_rows([gap_table(content.collection)])
    return Section("missing", "Missing", "What is missing", parts=tables)


def _reproduce(content: Content) -> Section:
    settings = json.loads(config_text(content.written))
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=100)
    seeds = sorted({training.seed for training in trainings(content.config)})
    return Section(
        "reproduce",
        "Reproduce",
        "Configuration and versions",
        [f"Seeds: {', '.join(map(str, seeds))}."],
        parts=_with_rows([version_table(content.collection)]),
        texts=[("The configuration as it was written", text)],
    )


def _with_rows(tables: Sequence[Table]) -> list[Table]:
    return [table for table in tables if table.rows]


def _one_seed(content: Content) -> str:
    """How a pair with one seed in common is judged."""
    if not any(f.seeds == 1 for f in content.findings):
        return ""
    said = (
        f"With one seed, differences below {MARGIN:.0%} of the score (or one point of a share) "
        "count as level too, because another seed may change the score as much. "
    )
    if not _has_seeds(content.config):
        return said
    return (
        "Where two have one seed in common and others have several, the interval includes the "
        "spread between seeds that these others show. Without such seeds: "
        f"{said[0].lower()}{said[1:]}"
    )


def _has_seeds(config: Config) -> bool:
    return max(seed_counts(config), default=1) > 1
