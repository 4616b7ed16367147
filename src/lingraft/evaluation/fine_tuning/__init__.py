"""Fine-tuning: the training loop, classifiers and taggers, and their runs."""
