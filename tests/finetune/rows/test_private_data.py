"""Keys of many services are known by their form, and ordinary words are not taken for one."""

import random
import string

import pytest

from ladder.data.sample import Sample
from ladder.finetune.rows.private_data import rows_with_keys

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def _random(n: int, letters: str = LETTERS) -> str:
    return "".join(random.Random(n).choices(letters, k=n - 4)) + "a1B2"  # noqa: S311


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-" + _random(48),
        "sk-ant-api03-" + _random(80),
        "ghp_" + _random(36),
        "github_pat_" + _random(22) + "_" + _random(59),
        "glpat-" + _random(20),
        "xoxb-123456789012-" + _random(24),
        "sk_live_" + _random(24),
        "npm_" + _random(36),
        "dop_v1_" + _random(64, HEX).lower(),
        "shpat_" + _random(32, HEX).lower(),
        "gsk_" + _random(52),
        "xai-" + _random(80),
        "r8_" + _random(37),
        "pplx-" + _random(48),
        "GOCSPX-" + _random(28),
        "lin_api_" + _random(40),
        "ASIA" + "Q7XW" * 4,
        "aws_secret_access_key = " + _random(40),
        "CLOUDFLARE_API_TOKEN=" + _random(40),
        "Authorization: Bearer " + _random(40),
        "curl -u admin:hunter22 https://x.org",
        "postgres://admin:hunter22@db.local/prod",
        "password: hunter2",
        _random(40),
    ],
)
def test_a_key_is_found_wherever_it_stands(key: str) -> None:
    found = rows_with_keys([Sample("1", f"hello,\nplease use {key} for it", ("done",))])

    assert found[0]
    assert key not in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password and the reset token never comes",
        "skill-based matchmaking is broken",
        "order 3f2504e0-4f89-11d3-9a0c-0305e82c3301, task-1234567890123456789",
        "commit 3f2504e04f8911d39a0c0305e82c330112345678 fails",
        "https://docs.example.org/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "the api key is required, write <your-api-key-123>",
        "see HuggingFaceH4_zephyr-7b-beta_add_generation_prompt_v2024-01 for it",
        "internationalisation_of_documentation_for_everybody",
    ],
)
def test_ordinary_text_holds_no_key(text: str) -> None:
    assert rows_with_keys([Sample("1", text, ("done",))]) == {}
