"""Samples in: load, split, check, fingerprint."""

from ladder.data.checks import check_passages, check_pool, check_samples
from ladder.data.corpus_files import load_passages
from ladder.data.fingerprint import digest_file, digest_samples
from ladder.data.load_samples import load_samples, samples_to_answer
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.data.split import normal_form, split_samples, unit_fraction, unit_of

__all__ = [
    "Passage",
    "Sample",
    "check_passages",
    "check_pool",
    "check_samples",
    "digest_file",
    "digest_samples",
    "load_passages",
    "load_samples",
    "normal_form",
    "samples_to_answer",
    "split_samples",
    "unit_fraction",
    "unit_of",
]
