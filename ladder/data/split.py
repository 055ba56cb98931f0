"""`split_samples`: which samples the search may look at, and which only the confirmation."""

import hashlib
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ladder.data.sample import Sample

CONFIRMATION_SHARE = 0.6
"""Share of the units that only the closing test of a verdict may ask."""


@dataclass(frozen=True)
class Split:
    """Positions of the samples of each part, in an order that says nothing about them.

    Attributes:
        selection: The search chooses on these, about 40 in 100.
        confirmation: Asked only by the test that closes a verdict.
    """

    selection: npt.NDArray[np.int64]
    confirmation: npt.NDArray[np.int64]


def split_samples(samples: Sequence[Sample], *, closed: Collection[int] = ()) -> Split:
    """Return the split of the samples: by a hash of their content, never by chance or order.

    Each unit (a cluster, else all samples with the same input) stays on the side that its own
    hash gives. So samples can be added, removed or put in another order, and no other sample
    changes sides: re-splitting cannot leak the confirmation part into the search.

    Args:
        samples: The eval data.
        closed: Positions of samples whose scores an earlier verdict showed. With the rest of their
            units they belong to the selection part from then on.
    """
    units = [unit_of(sample) for sample in samples]
    fractions = np.array([unit_fraction(unit) for unit in units], dtype=np.float64)
    order = sorted(range(len(samples)), key=lambda at: (fractions[at], units[at], samples[at].id))
    shown = {units[at] for at in closed}
    is_confirmation = fractions < CONFIRMATION_SHARE
    is_confirmation &= np.array([unit not in shown for unit in units], dtype=np.bool_)
    return Split(
        selection=np.array([at for at in order if not is_confirmation[at]], dtype=np.int64),
        confirmation=np.array([at for at in order if is_confirmation[at]], dtype=np.int64),
    )


def unit_of(sample: Sample) -> str:
    """Return the name of what must not be parted: the cluster, else the normalised input or turns.

    >>> unit_of(Sample("a", "Two  words", ("x",))) == unit_of(Sample("b", "two words", ("y",)))
    True
    """
    if sample.cluster is not None:
        return f"cluster\n{sample.cluster}"
    return f"input\n{normal_form(sample.asked)}"


def normal_form(text: str) -> str:
    r"""Return a text in the form in which two texts are called the same.

    Compatible characters, case and runs of white space do not count (NFKC, casefold).

    >>> normal_form(" Hello\tWORLD ")
    'hello world'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def unit_fraction(text: str, salt: str = "") -> float:
    """Return a number in [0, 1) that depends on the text alone, evenly spread.

    >>> unit_fraction("a") == unit_fraction("a"), unit_fraction("a") == unit_fraction("a", "x")
    (True, False)
    """
    content = f"{salt}\x1f{text}".encode("utf-8", "surrogatepass")
    return (int.from_bytes(hashlib.sha256(content).digest()[:8], "big") >> 11) / 2**53


def draw(text: str, salt: str = "") -> float:
    """Return a number in [0, 1) that orders units, and parts samples that are only numbered.

    Not `unit_fraction`: which side a unit is on says nothing of its place there, and neither hash
    can be exchanged for the other without moving units of runs that were made.

    >>> draw("a") == draw("a"), draw("a") == draw("a", "1")
    (True, False)
    """
    hashed = hashlib.blake2b(f"{salt}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(hashed.digest(), "big") / 2**64
