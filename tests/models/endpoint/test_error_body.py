"""What a server's refusal is about, in the words of real services."""

import pytest

from ladder.models.endpoint.error_body import (
    error_text,
    is_filtered,
    is_too_long,
    is_unknown_model,
    is_used_up,
    named_field,
)

SENT = ("model", "messages", "max_tokens", "temperature", "seed", "stop", "top_k")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra"}]},
            "seed",
        ),
        ({"error": {"message": "Unsupported parameter", "param": "stop"}}, "stop"),
        ({"error": {"message": "Unrecognized request argument supplied: seed"}}, "seed"),
        (
            {"error": {"message": "'temperature' does not support 0 with this model."}},
            "temperature",
        ),
        ([{"error": {"code": 400, "message": 'Unknown name "seed": Cannot find field.'}}], "seed"),
        ({"message": "property 'seed' is unsupported"}, "seed"),
        ({"errors": [{"source": {"pointer": "/seed"}, "title": "Invalid"}]}, "seed"),
        ("unknown field `seed`, expected one of `model`, `messages`, `stop`", "seed"),
        ({"error": "Additional properties are not allowed ('top_k' was unexpected)"}, "top_k"),
        ({"error": {"message": "stop: too many stop sequences, at most 4", "type": "x"}}, "stop"),
        ({"error": {"message": "Invalid 'stop': array too long.", "param": "stop[4]"}}, "stop"),
        ({"error": {"message": "`temperature` must be strictly positive"}}, "temperature"),
        ({"detail": "max_tokens is not permitted"}, "max_tokens"),
        ({"error": {"message": "Please stop sending this."}}, None),
        ({"error": {"message": "Bad request"}}, None),
        ("", None),
    ],
)
def test_the_field_that_a_refusal_names_is_found(body: object, field: str | None) -> None:
    assert named_field(body, SENT) == field


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}),
        (429, {"error": {"message": "You exceeded your current quota, please check your plan"}}),
        (429, {"error": {"message": "Rate limit reached on tokens per day (TPD): Limit 100000"}}),
        (429, {"error": {"details": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]}}),
        (429, {"error": {"message": "Daily limit reached"}}),
        (429, "Monthly quota of this organisation is used"),
        (402, {"error": {"message": "Insufficient credits. Add more using the page"}}),
        (402, ""),
        (403, {"error": {"message": "Your account has a negative balance"}}),
        (403, {"error": {"code": "billing_not_active"}}),
        (400, {"error": {"message": "Your credit balance is too low to access the API."}}),
        (429, {"error": {"message": "Insufficient balance", "code": "1113"}}),
    ],
)
def test_a_quota_that_is_used_up_is_known(status: int, body: object) -> None:
    assert is_used_up(body, status=status)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": {"message": "Rate limit reached on requests per min (RPM): Limit 3. Please "
                         "add a payment method to your account: /account/billing"}}),
        (429, {"error": {"message": "Quota exceeded for metric requests per minute"}}),
        (429, {"error": {"message": "Too many requests"}}),
        (429, "slow down"),
        (503, {"error": {"message": "billing service is down"}}),
        (400, {"error": {"message": "messages: 'my daily billing report' is not valid"}}),
        (401, {"error": {"message": "no credits"}}),
    ],
)  # fmt: skip
def test_a_crowd_is_no_used_up_quota(status: int, body: object) -> None:
    assert not is_used_up(body, status=status)


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000",
        "the request exceeds the available context size, try increasing it",
        "exceed_context_size_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "The input token count (40000) exceeds the maximum number of tokens allowed (32768).",
        "'max_tokens' is too large: 64. This model's maximum context length is 2048 tokens",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048",
        "context_length_exceeded",
        "Requested tokens exceed context window of 512",
        "Please reduce the length of the messages or completion.",
        "too many tokens: size limit exceeded by 300 tokens",
        "Range of input length should be [1, 30720]",
        "The sum of prompt length (5000) and max_tokens (64) should not exceed max_seq_len (4096)",
        "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
        "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
        "Input length 9000 exceeds the model's context",
    ],
)
def test_a_prompt_that_is_too_long_is_known(words: str) -> None:
    assert is_too_long({"error": {"message": words}})


@pytest.mark.parametrize(
    "words", ["Bad request", "max_tokens is not supported", "no seed", "length of seed"]
)
def test_other_refusals_are_not_about_length(words: str) -> None:
    assert not is_too_long({"error": {"message": words}})


@pytest.mark.parametrize(
    "words",
    [
        "The model `x` does not exist or you do not have access to it.",
        "model 'x' not found, try pulling it first",
        "model_not_found",
        "DeploymentNotFound",
        "Unknown model: x",
        "models/x is not found for API version v1beta",
        "The API deployment for this resource does not exist.",
        "Model x is not available",
        "No such model",
        "Invalid model name passed in model=x",
        "unexpected model name format",
        "foo:latest is not a valid model ID",
    ],
)
def test_a_model_that_is_not_served_is_known(words: str) -> None:
    assert is_unknown_model({"error": {"message": words}})


def test_a_filter_is_told_from_other_refusals() -> None:
    azure = {"error": {"code": "content_filter", "message": "triggering Azure's policy"}}

    assert is_filtered(azure)
    assert not is_filtered({"error": {"message": "too long"}})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"error": {"message": "no"}}, "no"),
        ({"error": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"message": "no"}, "no"),
        ([{"error": {"message": "no"}}], "no"),
        ({"errors": [{"title": "no"}]}, "no"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "no"}]}, "seed: no"),
        ("no", "no"),
        ("<html>no</html>", ""),
        ({"error": {"code": "no"}}, "no"),
        (7, ""),
    ],
)
def test_the_sentence_of_an_error_is_found_in_every_shape(body: object, text: str) -> None:
    assert error_text(body) == text
