"""The texts that are measured on: reading, labelled sets, files that a library keeps."""
