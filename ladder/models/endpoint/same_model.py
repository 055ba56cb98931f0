"""`SameModel`: whether one model answers from the first call of a run to its last."""

from collections.abc import Sequence

from ladder.errors import EvidenceError
from ladder.finding import Finding
from ladder.models.endpoint.address import is_azure
from ladder.models.endpoint.model_name import is_one_name, is_version_of, one_of


class SameModel:
    """Holds each answer's model against those before, also of the process that a run goes on from.

    The name may never change, but for its spelling. Some services change their fingerprint from call to call, so that
    is held against an earlier process alone, and only where that saw one throughout.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.name: str | None = None
        self._before: set[str] = set()
        self._now: set[str] = set()

    def note_before(self, name: str, fingerprint: str) -> None:
        """Know what answered in an earlier process; empty where the server did not say."""
        self.name = self.name or name or None
        if fingerprint:
            self._before.add(fingerprint)

    def check(self, name: str, fingerprint: str) -> None:
        """Raise EvidenceError where another model has answered than before."""
        if name and self.name is None:
            self.name = name
        if name and self.name and not is_one_name(name, self.name):
            raise self._error(
                "as",
                self.name,
                name,
                "Pin the model on the server; where a gateway chooses between models or falls back on "
                f"another one, turn that off there, or write {name!r} or {self.name!r} as model.id. Then "
                "start the run again.",
            )
        if not fingerprint:
            return
        if len(self._before) == 1 and not self._now and fingerprint not in self._before:
            raise self._error(
                "under the fingerprint",
                next(iter(self._before)),
                fingerprint,
                "Pin the model on the server, and start the run again.",
            )
        self._now.add(fingerprint)

    def findings(self) -> list[Finding]:
        """Return that the server's fingerprint has changed, where it has."""
        known = sorted(self._before | self._now)
        if len(known) < 2:
            return []
        return [
            Finding(
                code="N10 fingerprint-changed",
                severity="warning",
                problem=f"The server answered under {len(known)} fingerprints: its weights or its "
                "software changed during the run.",
                evidence=", ".join(known[:8]),
                next_step="Pin the model's version, and run again before a close score is believed.",
            )
        ]

    def not_the_asked(self, asked: str, listed: Sequence[str]) -> list[Finding]:
        """Return that a server which does not list the model asked for answered by another of its own.

        Some servers have one model and answer to any name. A name that a service gives a version
        (`gpt-4o` answers as `gpt-4o-2024-08-06`) is the one asked for; deployments at Azure have names
        of the user's own.
        """
        if self.name is None or one_of(listed, asked) or not one_of(listed, self.name):
            return []
        is_asked = is_one_name(self.name, asked) or is_version_of(self.name, asked)
        if is_asked or is_azure(self._base_url):
            return []
        return [
            Finding(
                code="N15 other-model-answers",
                severity="warning",
                problem=f"{self._base_url} does not list {asked!r}, and answers as {self.name!r}: "
                "what is measured is that model.",
                evidence=f"listed: {', '.join(listed[:8])}",
                next_step=f"Write {self.name!r} as model.id, or let the server load {asked!r}.",
            )
        ]

    def _error(self, how: str, before: str, now: str, next_step: str) -> EvidenceError:
        return EvidenceError(
            f"{self._base_url} answered {how} {before!r} and now {how} {now!r}.",
            next_step=next_step,
        )
