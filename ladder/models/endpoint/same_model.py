"""`SameModel`: whether one model answers from the first call of a run to its last."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ladder.errors import EvidenceError, OtherFingerprintError
from ladder.finding import Finding
from ladder.models.endpoint.address import is_azure
from ladder.models.endpoint.model_name import is_one_name, is_version_of, one_of, plain_name

OF_ITS_OWN = (
    "Serve the model and the software of then. To measure what answers now, give it a run of its own: "
    "ladder run SPEC, with --runs and another folder, and with fresh eval rows where it has them."
)
_SHOWN = 3
"""What to do where another model answers than was measured."""


class SameModel:
    """Holds each answer's model against those before, also of the process that a run goes on from.

    The name may never change, but for its spelling. Some services change their fingerprint from call to call, so that
    is held against earlier processes alone. Another one than these saw may be another build of the
    server's software: whoever has recorded answers can tell.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.name: str | None = None
        self._longest = ""
        self._before: set[str] = set()
        self._now: set[str] = set()
        self._why_taken: str | None = None

    def note_before(self, name: str, fingerprint: str) -> None:
        """Know what answered in an earlier process; empty where the server did not say."""
        self.name = self.name or name or None
        self._pin(name)
        if fingerprint:
            self._before.add(fingerprint)

    def check(self, name: str, fingerprint: str) -> None:
        """Raise EvidenceError where another model has answered than before."""
        if name and self.name is None:
            self.name = name
        if name and self._longest and not is_one_name(name, self._longest):
            raise EvidenceError(
                f"{self._base_url} answered as {self._longest!r} and now as {name!r}.",
                next_step="Pin the model on the server; where a gateway chooses between models or falls back on "
                f"another one, turn that off there, or write {name!r} or {self._longest!r} as model.id. Then "
                "start the run again.",
            )
        self._pin(name)
        if not fingerprint:
            return
        is_first = bool(self._before) and not self._now and self._why_taken is None
        if is_first and fingerprint not in self._before:
            before = " or ".join(map(repr, sorted(self._before)[:_SHOWN]))
            raise OtherFingerprintError(
                f"{self._base_url} answered under the fingerprint {before} and now under the "
                f"fingerprint {fingerprint!r}.",
                next_step=OF_ITS_OWN,
                is_usual=len(self._before) > 1,
            )
        self._now.add(fingerprint)

    def _pin(self, name: str) -> None:
        """Hold later names against the longest one: `mine/m` and `yours/m` are each one name with `m`."""
        is_same = not self._longest or is_one_name(name, self._longest)
        if is_same and len(plain_name(name)) > len(plain_name(self._longest)):
            self._longest = name

    @contextmanager
    def any_fingerprint(self) -> Iterator[None]:
        """Take any fingerprint while questions are asked that tell; nothing of it is kept afterwards."""
        why, now = self._why_taken, set(self._now)
        self._why_taken = why or ""
        try:
            yield
        finally:
            self._why_taken, self._now = why, now

    def take_fingerprint(self, why: str) -> None:
        """Take the fingerprint that the server has now for one of the same model; say why it is."""
        self._why_taken = why

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
                f"software changed during the run.{f' {self._why_taken}.' if self._why_taken else ''}",
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
