"""`ladder doctor`: what is installed, and what the machine can do."""

import importlib.metadata
import os
import platform
import shutil
from pathlib import Path

from ladder.cli.options import AsJson
from ladder.cli.output import say_either

PACKAGES = [
    "finetune-ladder",
    "torch",
    "transformers",
    "peft",
    "bitsandbytes",
    "accelerate",
    "sentence-transformers",
    "llguidance",
    "faiss-cpu",
    "bm25s",
    "datasets",
    "evaluate",
    "jinja2",
    "pydantic",
    "scipy",
    "httpx2",
]


def doctor(as_json: AsJson = False) -> None:
    """Print versions, processors, memory, disk and accelerator: what a bug report needs."""
    facts: dict[str, object] = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "disk_free_gib": round(shutil.disk_usage(Path.cwd()).free / 2**30, 1),
        "accelerator": _accelerator(),
    }
    packages = {name: _version(name) for name in PACKAGES}
    lines = [f"{key:<22} {value}" for key, value in {**facts, **packages}.items()]
    say_either({**facts, "packages": packages}, "\n".join(lines), as_json=as_json)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _accelerator() -> str:
    try:
        import torch
    except ImportError:
        return "unknown: torch is not installed"
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name(0))
    return "mps" if torch.backends.mps.is_available() else "none"
