"""`ClassifierStrength`: how good a classifier is by the rows that it learnt from alone."""

from ladder.frozen import Frozen, added


class ClassifierStrength(Frozen):
    """What cross-validation on its own rows shows of a classifier.

    Attributes:
        rows: That it learnt from, each with one label.
        labels: That it tells apart.
        accuracy: Share of the rows that it gets right when it learnt from the others.
        majority: Share of the most common label: what is right without looking.
        penalty: scikit-learn's C, chosen by cross-validation; None where there is nothing to choose.
        curve: Rows learnt from, and the share right after that, asked about the same fifth.
        saved: The folder that holds it, for `ladder.retrieval.load_classifier`.
    """

    rows: int
    labels: int
    accuracy: float
    majority: float
    penalty: float | None = None
    curve: tuple[tuple[int, float], ...] = ()
    saved: str = added("")
