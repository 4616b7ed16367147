"""What a run will cost before it starts, without asking the network.

overview: the whole estimate as text
catalogue: sizes and licences of known downloads, shapes of known models
compute: operations of pretraining and of tuning encoders, and the hours they take
vocabularies: what a vocabulary costs a model that is on this machine
disk: bytes of models and checkpoints
packages: whether a Debian package exists
foreseen: refuses configurations whose run would fail hours later
"""
