"""`ranking_scores`: how well rankings of passages meet the graded ones, by ir-measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RankingScores:
    """Means over the questions that have a relevant passage.

    Attributes:
        n: How many these are.
        recall: Share of the relevant passages among the first k (trec_eval's `recall.k`).
        ndcg: nDCG@k with the grades as gains (Järvelin and Kekäläinen 2002; trec_eval's
            `ndcg_cut.k`).
        mrr: Mean of one over the rank of the first relevant passage among the first k.
    """

    n: int
    recall: float
    ndcg: float
    mrr: float


def ranking_scores(
    grades: Sequence[Mapping[str, int]], rankings: Sequence[Sequence[str]], k: int
) -> RankingScores | None:
    """Return recall@k, nDCG@k and MRR@k; None where no question has a relevant passage.

    Args:
        grades: Of each question, the grade of each passage by id; 0 and less is not relevant.
        rankings: Of each question, ids of passages, best first; of an id that comes twice (two
            pieces of one document) the first place counts.
        k: How many of the first are looked at.

    >>> ranking_scores([{"a": 1}, {"b": 2}], [["a", "c"], ["c", "b"]], k=2)
    RankingScores(n=2, recall=1.0, ndcg=0.8154648767857288, mrr=0.75)
    """
    import ir_measures
    from ir_measures import RR, R, nDCG

    relevant = {
        str(at): {name: max(grade, 0) for name, grade in one.items()}
        for at, one in enumerate(grades)
        if any(grade > 0 for grade in one.values())
    }
    if not relevant:
        return None
    run = {at: _scored(rankings[int(at)]) for at in relevant}
    wanted = [R @ k, nDCG @ k, RR @ k]
    found = ir_measures.calc_aggregate(wanted, relevant, run)
    recall, ndcg, mrr = (float(found[each]) for each in wanted)
    return RankingScores(len(relevant), recall, ndcg, mrr)


def _scored(ranking: Sequence[str]) -> dict[str, float]:
    """Return a score for each id that falls with its place, as these tools read a ranking."""
    places = dict.fromkeys(ranking)
    return {name: float(len(places) - at) for at, name in enumerate(places)}
