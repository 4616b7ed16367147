"""Every language model architecture of transformers, tried: the table in docs/models.md."""
