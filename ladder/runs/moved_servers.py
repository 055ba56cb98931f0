"""`MovedServer`: where a run's server is now, and how many recorded answers came again there."""

from typing import Literal

from pydantic import ValidationError

from ladder.disk import read_json_object, write_json
from ladder.errors import EvidenceError
from ladder.frozen import Frozen
from ladder.runs.folder import RunFolder
from ladder.spec.server_place import server_place


class MovedServer(Frozen):
    """A server that was measured at one address and answers at another.

    Attributes:
        before: Its address as the run's spec names it.
        now: Its address now.
        since: The day on which its answers were compared.
        words: How many recorded answers came again, and of which models.
    """

    schema_version: Literal[1] = 1
    before: str
    now: str
    since: str
    words: str

    @property
    def places(self) -> dict[str, str]:
        """Return the address now by the place (`server_place`) before."""
        return {server_place(self.before): self.now}

    @property
    def sentence(self) -> str:
        """Return it in words, for whoever reads scores or answers."""
        return (
            f"The server of {self.before} is asked at {self.now} since {self.since}: {self.words}."
        )


def read_moved(folder: RunFolder) -> MovedServer | None:
    """Return where the server of a run is now; None where nobody said that it moved.

    Raises:
        EvidenceError: The file is not what ladder wrote.
    """
    if not folder.moved.is_file():
        return None
    try:
        return MovedServer.model_validate(read_json_object(folder.moved))
    except ValidationError as error:
        raise EvidenceError(
            f"{folder.moved} does not say where the server is now.",
            next_step="Delete it, and say the address once more with --base-url: answers are compared anew.",
        ) from error


def write_moved(folder: RunFolder, moved: MovedServer) -> None:
    """Keep where the server of a run is now; nothing where it is back at its own address."""
    if server_place(moved.now) == server_place(moved.before):
        folder.moved.unlink(missing_ok=True)
    else:
        write_json(folder.moved, moved.model_dump(mode="json"))
