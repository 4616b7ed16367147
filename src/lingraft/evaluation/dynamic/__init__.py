"""Dynamic tokenization of what tasks read (Feher, Vulic and Minixhofer 2024).

costs     what reading texts took: tokens, seconds, rows that were looked up
rows      rows of merged strings, the last ones kept
reader    texts as units: tokens and merged strings, and their rows
"""
