"""`MovedServers`: where a run's servers are now, and which models' recorded answers came again there."""

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
        models: The ids of the models whose answers were compared; a gateway has several.
        words: How many recorded answers came again, and of which models.
    """

    before: str
    now: str
    since: str
    models: tuple[str, ...] = ()
    words: str = ""

    @property
    def sentence(self) -> str:
        """Return it in words, for whoever reads scores or answers."""
        return (
            f"The server of {self.before} is asked at {self.now} since {self.since}: {self.words}."
        )


class MovedServers(Frozen):
    """All servers of a run that moved.

    Attributes:
        moves: One a server.
    """

    schema_version: Literal[2] = 2
    moves: tuple[MovedServer, ...] = ()

    @property
    def places(self) -> dict[str, str]:
        """Return the address now by the place (`server_place`) before."""
        return {server_place(each.before): each.now for each in self.moves}

    def of(self, address: str | None) -> MovedServer | None:
        """Return the move of the server at an address of the spec; None where it did not move."""
        place = server_place(address or "")
        return next((each for each in self.moves if server_place(each.before) == place), None)

    def without(self, address: str) -> "MovedServers":
        """Return them without that of the server at an address of the spec."""
        known = self.of(address)
        return self.replace(moves=tuple(each for each in self.moves if each != known))

    def with_move(self, moved: MovedServer) -> "MovedServers":
        """Return them with one more, in place of an earlier move of the same server."""
        return self.replace(moves=(*self.without(moved.before).moves, moved))


def read_moved(folder: RunFolder) -> MovedServers:
    """Return where the servers of a run are now; no moves where nobody said that one moved.

    Raises:
        EvidenceError: The file is not what ladder wrote.
    """
    if not folder.moved.is_file():
        return MovedServers()
    try:
        return MovedServers.model_validate(read_json_object(folder.moved))
    except ValidationError as error:
        raise EvidenceError(
            f"{folder.moved} does not say where the servers are now.",
            next_step="Delete it, and say the address once more with --base-url: answers are compared anew.",
        ) from error


def write_moved(folder: RunFolder, moved: MovedServers) -> None:
    """Keep where the servers of a run are now; nothing where all are at their own address."""
    if moved.moves:
        write_json(folder.moved, moved.model_dump(mode="json"))
    else:
        folder.moved.unlink(missing_ok=True)
