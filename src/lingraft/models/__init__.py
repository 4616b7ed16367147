"""Source adapters, the loading of models, and heads that compute logits only where needed."""
