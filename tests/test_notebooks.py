import contextlib
import io
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SHORT = (
    "dataframe",
    "list_of_rows",
    "callable_model",
    "callable_metric",
    "endpoint",
    "recorded_answers",
)
"""Those that need no real model: their cells run in this process, without a kernel."""


@pytest.mark.model
@pytest.mark.filterwarnings("ignore")
def test_a_newcomer_can_follow_the_notebook_to_its_end(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOKS / "from_csv_to_verdict.ipynb", as_version=4)

    NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}}).execute()

    printed = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert "use_lever" in printed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all notebooks, as they are opened: none may use up the rows of another."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT)
def test_what_a_team_has_goes_to_a_verdict_in_a_notebook(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    names: dict[str, object] = {"__name__": "__main__"}
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, name, "exec"), names)  # noqa: S102 - our own notebook

    assert printed.getvalue().startswith("use_lever: Do not fine-tune.")
    assert "confirmed" in printed.getvalue()


def test_every_notebook_is_run() -> None:
    found = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}

    assert found == {"from_csv_to_verdict", *SHORT}
