"""`LooksFile`: the looks of a confirmation part, kept beside the eval data for all runs."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ladder.disk import locked, write_lines
from ladder.errors import InfrastructureError
from ladder.frozen import digest_of
from ladder.search.confirm.look_history import LookHistory
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.looks_entry import (
    USED_UP,
    VERSION,
    LookedAtPart,
    edited,
    opened,
    read_sets,
    short_name,
    spent_in,
)
from ladder.spec.data_source import DataSource
from ladder.statistics.sizes import QuestionName

WAIT_SECONDS = 60


def looks_path(data: str | Path) -> Path:
    """Return where the looks at an eval file are kept: beside it, to be committed with it.

    >>> looks_path("data/eval.jsonl").name
    'eval.jsonl.looks.json'
    """
    data = Path(data)
    return data.with_name(f"{data.name}.looks.json")


def looks_path_of(data: DataSource, runs_folder: str | Path) -> Path:
    """Return where the looks at a task's eval data are kept, for runs and for the gate alike.

    Where the spec says; else beside the data, or for a data set of the hub beside the runs.
    """
    if data.looks:
        return Path(data.looks)
    is_here = Path(data.path).exists()
    return looks_path(data.path if is_here else Path(runs_folder) / data.path.replace("/", "--"))


class LooksFile(Looks):
    """The looks at one confirmation part, over all runs and processes.

    Parts that share a sample are held together whatever their metric and target: what a verdict on
    one of them showed may be asked in none. What was spent on one is spent on all that ask with
    the same metric, target and scorer, but for looks that asked only what a verdict showed. Once a
    sealed test has passed, all statements about these samples share one budget.

    Args:
        path: The JSON file; see `looks_path`.
        confirmation: The samples of the confirmation part, in any order: of each the names that
            it goes by (its unit's first), and nothing that an edit of the spec can change.
        metric: Name of the metric and of how it reads an answer.
        target: The score to reach, or a reference and a margin as text.
        scorer_version: Changes when the metric's code does.
        content: Digest of all else that an answer to a question depends on. Only a question
            about the same content is the same question.
        run: Digest of the run that asks.
        selection: The samples that the run selects on, each with its names.
        must_exist: Whether a missing file counts as spent (a gate that expects it committed).
        is_sealed: See `Looks`.
    """

    def __init__(  # noqa: PLR0913 - all by name but the path
        self,
        path: str | Path,
        *,
        confirmation: Sequence[Sequence[str]],
        metric: str,
        target: float | str,
        scorer_version: str = "",
        content: str = "",
        run: str = "",
        selection: Sequence[Sequence[str]] = (),
        must_exist: bool = False,
        is_sealed: bool = False,
    ) -> None:
        super().__init__(is_sealed=is_sealed)
        self.path = Path(path)
        self._named = [frozenset(map(short_name, names)) for names in confirmation]
        self._part = LookedAtPart(
            version=VERSION,
            samples=tuple(sorted(frozenset[str]().union(*self._named))),
            scoring=digest_of([metric, target, scorer_version]),
            content=content,
            record=LookHistory(),
            selection=tuple(sorted({short_name(name) for names in selection for name in names})),
        )
        self.key = self._part.key
        self._must_exist = must_exist
        self._run = run
        self._refresh()

    @property
    def scoring(self) -> str:
        """Return the digest of metric, target and scorer: parts that share it share a budget."""
        return self._part.scoring

    def is_of_another(self, part: LookedAtPart) -> bool:
        """Return whether a part is not this one, or was closed by another run than this."""
        closing = part.record.closing
        return part.key != self.key or (closing is not None and closing.run not in ("", self._run))

    @property
    def record(self) -> LookHistory:
        """Return what was asked so far, by any process."""
        self._refresh()
        return self._record

    def _has_hidden(self, asked: Collection[tuple[QuestionName, str]]) -> bool:
        others = self._others(_opened(self._sets()))
        hidden = (not each.is_shown for part in others for each in part.record.entries)
        return super()._has_hidden(asked) or any(hidden)

    def _others(self, parts: Iterable[LookedAtPart | None]) -> list[LookedAtPart]:
        """Return the other parts in the file that share samples with this one."""
        mine = self._part
        return [p for p in parts if p is not None and p.key != self.key and p.shares(mine.samples)]

    def _name_of(self, label: str) -> str:
        return short_name(label)

    def _names_of(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return the hashes of all names of all samples in the units with these labels."""
        units = set(map(short_name, labels))
        kept = (names for names in self._named if not names.isdisjoint(units))
        return tuple(sorted(frozenset[str]().union(*kept)))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        def busy() -> InfrastructureError:
            return InfrastructureError(
                f"{self.path} was locked by another process for {WAIT_SECONDS} seconds.",
                next_step="Wait for the other run to end, then run the same command again.",
            )

        lock = self.path.with_name(f"{self.path.name}.lock")
        with locked(lock, wait_seconds=WAIT_SECONDS, busy=busy, is_shared=True):
            yield

    def _change(self, record: LookHistory) -> None:
        sets = dict(self._sets())
        if None in _opened(sets):
            raise edited(self.path)
        own = record.replace(
            inherited_reached=0.0, inherited_below=0.0, inherited_pass=False, burned=""
        )
        sets[self.key] = self._part.replace(record=own).sealed()
        write_lines(self.path, [json.dumps({"schema_version": VERSION, "sets": sets}, indent=1)])
        self._record = record

    def _refresh(self) -> None:
        if self._must_exist and not self.path.exists():
            self._record = LookHistory(burned=f"{self.path.name} is missing, {USED_UP}")
            return
        parts = _opened(self._sets())
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            self._record = LookHistory(burned=f"{self.path.name} was edited, {USED_UP}")
            return
        own = next((part for part in known if part.key == self.key), self._part)
        others = self._others(known)
        alike = [part for part in others if part.asks(self._part.scoring)]
        has_passed = any(part.record.has_sealed_pass for part in (own, *others))
        # What is asked after a sealed pass was chosen knowing of it, whatever its metric and target.
        sharing = others if has_passed else alike
        self._record = own.record.replace(
            inherited_reached=spent_in(sharing, "reached"),
            inherited_below=spent_in(alike, "below"),
            inherited_pass=any(part.record.has_sealed_pass for part in others),
            burned=self._why_shown(others),
        )

    def _why_shown(self, others: Iterable[LookedAtPart]) -> str:
        """Return in words which samples of this part a verdict on another one showed."""
        closed = [part for part in others if part.record.closing is not None]
        if any(part.version == 1 for part in closed):
            return (
                f"{self.path.name} holds a verdict of an earlier version of ladder, which wrote down "
                "its samples by id, so any of them may have been shown; another question needs "
                "fresh examples in a file of their own"
            )
        shown = frozenset[str]().union(*(part.shown for part in closed))
        n_shown = sum(not names.isdisjoint(shown) for names in self._named)
        if not n_shown:
            return ""
        return (
            f"{n_shown} of the {len(self._named)} confirmation samples were shown by an earlier "
            "verdict; another question needs fresh examples"
        )

    def _sets(self) -> Mapping[str, object]:
        return read_sets(self.path) if self.path.exists() else {}


def _opened(sets: Mapping[str, object]) -> list[LookedAtPart | None]:
    return [opened(key, entry) for key, entry in sets.items()]
