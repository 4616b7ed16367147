"""A workflow left alone: restarted, guarded against retraining, told of in the morning."""
