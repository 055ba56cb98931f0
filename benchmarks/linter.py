"""chatlint, a published linter of chat templates, on one template; silent where not installed."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

try:
    VERSION: str | None = version("chatlint")
except PackageNotFoundError:
    VERSION = None


@cache
def failures(template: str) -> frozenset[tuple[str, str, str]]:
    """Return what chatlint finds, warnings included: shape, property and tier of each."""
    if VERSION is None:
        return frozenset()
    from chatlint.check import check  # noqa: PLC0415 - optional
    from chatlint.render import Template  # noqa: PLC0415

    report = check(Template("template", template))
    tiers = {"error": report.errors, "warning": report.warnings}
    return frozenset(
        (each.shape, each.prop, tier) for tier, results in tiers.items() for each in results
    )
