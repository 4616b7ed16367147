"""Fine-tuning.

recipe.py          the settings that all fine-tuned tasks share
classification.py  what tasks on labelled texts share
tagging.py         what tasks on tagged words share
loop.py            the training loop, with checkpoints
reading.py         encoded examples as they are, or with their tokens merged
classifier.py      a fine-tuned classifier of texts
tagger.py          a fine-tuned tagger of words
letter_game.py     questions about the letters of words, before and after training on others
runs.py            which language trains, which are tested; one training for each seed
"""
