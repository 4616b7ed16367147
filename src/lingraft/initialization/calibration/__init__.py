"""Calibration: how far a model with new rows may trust its own logits, found on training text.

- `predictions`: what the model answers, and should answer, at masked places of the training text.
- `scales`: the factors of the logits and of the bias that fit these answers best.
- `head_norm`: where a head has a factor for all its logits.
- `calibrate`: all three together: measure, fit, write into the model.
"""
