"""What the formats of text share.

- `files`: files found and opened, compressed or not.
- `fields`: values of the right type.
- `layout`: which files of a dataset make a split.
- `tables`: rows of Parquet, Arrow, CSV, JSON and text.
- `messages`: program messages as plain text.
- `wikitext`, `help_pages`, `resource_packs`: what catalogs consist of.
"""
