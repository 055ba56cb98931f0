import pytest

from ladder.report import Evidence, show_in_notebook


def test_ipython_shows_a_decision_as_the_ladder(
    cases: dict[str, Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    import IPython

    shell = interactive.InteractiveShell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert show_in_notebook()

    html = shell.display_formatter.format(cases["together"].decision)[0]["text/html"]
    assert "<svg" in html
    assert "wrong with probability" in html


def test_without_ipython_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("sys").modules, "IPython", raising=False)

    assert not show_in_notebook()
