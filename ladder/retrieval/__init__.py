"""Passages and examples: chunk, encode, search, rerank, choose."""

from ladder.retrieval.examples import choose_examples
from ladder.retrieval.function_search import register_search
from ladder.retrieval.load_encoder import load_encoder
from ladder.retrieval.outside_retriever import OutsideRetriever, RetrieverWithout
from ladder.retrieval.rerank import OwnModelReranker, Reranker, load_reranker
from ladder.retrieval.retriever import Retriever, load_retriever
from ladder.retrieval.saved_classifier import load_classifier

__all__ = [
    "OutsideRetriever",
    "OwnModelReranker",
    "Reranker",
    "Retriever",
    "RetrieverWithout",
    "choose_examples",
    "load_classifier",
    "load_encoder",
    "load_reranker",
    "load_retriever",
    "register_search",
]
