"""Where a model folder's chat template stands: several files may hold one, and disagree."""

from collections.abc import Mapping
from pathlib import Path

from ladder.disk import read_json_object

NAMED_FOLDER = "additional_chat_templates"


def read_sources(folder: Path) -> dict[str, str]:
    """Return every template text of a folder by where it stands; unreadable files are left out.

    Names read `chat_template.jinja`, `tokenizer_config.json`, `chat_template.json`,
    `tokenizer_config.json: tool_use` for named ones, `additional_chat_templates/rag.jinja`.
    """
    found: dict[str, str] = {}
    for path in (folder / "chat_template.jinja", *sorted((folder / NAMED_FOLDER).glob("*.jinja"))):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_text("utf-8", errors="replace")
    for name in ("tokenizer_config.json", "chat_template.json", "processor_config.json"):
        found |= _from_json(name, read_json_object(folder / name).get("chat_template"))
    return found


def _from_json(name: str, value: object) -> dict[str, str]:
    if isinstance(value, str):
        return {name: value}
    if isinstance(value, list):
        named = [entry for entry in value if isinstance(entry, dict) and "template" in entry]
        return {f"{name}: {entry.get('name')}": str(entry["template"]) for entry in named}
    if isinstance(value, dict):
        return {f"{name}: {key}": str(text) for key, text in value.items()}
    return {}


def effective(sources: Mapping[str, str]) -> str | None:
    """Return the default template that transformers takes of a folder's, or None.

    >>> effective({"tokenizer_config.json": "a", "chat_template.jinja": "b"})
    'b'
    """
    config = "tokenizer_config.json"
    names = ("chat_template.jinja", config, f"{config}: default", "chat_template.json")
    return next((sources[name] for name in names if name in sources), None)


def disagreement(sources: Mapping[str, str]) -> list[str]:
    """Return the files whose default template differs from the one that transformers takes.

    >>> disagreement({"chat_template.jinja": "a", "tokenizer_config.json": "b"})
    ['chat_template.jinja', 'tokenizer_config.json']
    >>> disagreement({"chat_template.jinja": "a", "tokenizer_config.json": "a "})
    []
    """
    defaults = {name: sources[name].strip() for name in default_sources(sources)}
    return list(defaults) if len(set(defaults.values())) > 1 else []


def default_sources(sources: Mapping[str, str]) -> list[str]:
    """Return the places of a folder's default templates: not those of its named ones.

    >>> default_sources({"chat_template.jinja": "a", "tokenizer_config.json: rag": "b"})
    ['chat_template.jinja']
    """
    return [
        name
        for name in sources
        if NAMED_FOLDER not in name and name.rpartition(": ")[2] in {name, "default"}
    ]


def vanished(sources: Mapping[str, str]) -> list[str]:
    """Return the templates that transformers loses because of another file (its E7f and E7g).

    >>> vanished({"chat_template.jinja": "a", "tokenizer_config.json: tool_use": "b"})
    ['tokenizer_config.json: tool_use']
    >>> vanished({"tokenizer_config.json": "a", "additional_chat_templates/rag.jinja": "b"})
    ['tokenizer_config.json']
    """
    listed = [name for name in sources if name.startswith("tokenizer_config.json: ")]
    if "chat_template.jinja" in sources:
        return listed
    has_folder = any(NAMED_FOLDER in name for name in sources)
    return ["tokenizer_config.json"] if has_folder and "tokenizer_config.json" in sources else []
