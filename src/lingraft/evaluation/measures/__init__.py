"""What several tasks compute: vectors of texts, probes, trivial baselines, word tests."""
