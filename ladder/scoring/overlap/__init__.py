"""Metrics of running text against a reference: ROUGE-L, BLEU, chrF, similarity."""
