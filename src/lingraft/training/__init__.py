"""Continued pretraining: what is read when, what is predicted, how it survives being killed."""
