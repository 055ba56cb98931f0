"""`ModelRef`: where a model comes from: weights, a server, a function, a recording, or a classifier."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    Strict,
    model_serializer,
    model_validator,
)

from ladder.frozen import FOR_DIGEST, Count, Frozen, FrozenWithMappings, Number, added
from ladder.spec.encoder_spec import AnyEncoder
from ladder.spec.secrets import VariableName
from ladder.spec.server_place import server_place, usual_address

CLASSIFIER = "classifier:"
"""How the id of a model begins that is a classifier."""

RECORDED = "recorded:"
"""How the id of a model begins whose answers were recorded; the path of their file follows."""

SCRIPTED = "scripted:"
"""How the id of a model begins that is a function in this process."""


class Classifier(Frozen):
    """A classifier that answers in the place of a language model, and what it learns from.

    `logistic` is a logistic regression on sentence vectors, `nearest` the label of the most similar
    row. `pool` is a file of labelled rows with the eval data's columns, none of them an eval row.
    """

    method: Literal["logistic", "nearest"]
    pool: str
    encoder: AnyEncoder | None = None
    seed: Annotated[int, Strict()] = 0


_WAYS = (
    *("api_key_env", "base_urls", "ca_file", "concurrency", "proxy"),
    *("timeout_seconds", "wait_minutes", "workers"),
)
"""The settings of how a server is reached, which change no answer."""


class ModelRef(FrozenWithMappings):
    """Where a model comes from.

    `id` is a hub id, a folder, a `.gguf` file, `package:<module>/<file>` (a model that an
    installed Python package ships), or, with `base_url`, the name the endpoint serves it under.

    The rest is for endpoints. `api_key_env` names the variable that holds the key, `headers` the
    variable of each further header; `query` is added to each address (`$NAME` stands for a
    variable), `extra_body` to each request. `proxy` is `env` or a URL, and `ca_file` holds the
    certificates of a private authority. `wait_minutes` is how long a server that is gone or
    overloaded is waited for, such as through a restart. `tokenizer` is what is served, as a hub id,
    a folder or a `.gguf` file: with it prompts can be rendered here, and lever 1 can be tried.

    `base_urls` names several servers of the same model; the first of them stands for all: how many
    there are changes no digest. `timeout_seconds` and `concurrency` are for each. With
    `workers: ray` weights without a server are loaded in the workers of a Ray cluster.

    `quantization` loads the linear layers of local weights in 8 or 4 bits (bitsandbytes), and
    `device_map: auto` spreads them over several GPUs. A server's precision is its own.

    `classifier` puts a classifier in the place of a language model: see `Classifier`.

    `reviewed_below` hands each answer on to a person of which it is less sure. It changes no answer,
    and only `levers.model.review` sets it.
    """

    id: str
    revision: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    timeout_seconds: Number = Field(default=120.0, gt=0)
    concurrency: Count = 4
    headers: dict[str, VariableName] = added({})
    query: dict[str, str] = added({})
    extra_body: dict[str, Any] = added({})
    proxy: str | None = added(None)
    ca_file: str | None = added(None)
    tokenizer: str | None = added(None)
    wait_minutes: Number | None = added(None, gt=0)
    base_urls: tuple[str, ...] = added(())
    workers: Literal["ray"] | None = added(None)
    classifier: Classifier | None = added(None)
    quantization: Literal["int8", "nf4"] | None = added(None)
    device_map: Literal["auto"] | None = added(None)
    reviewed_below: Number | None = added(None, gt=0, le=1)

    @classmethod
    def of_classifier(cls, classifier: Classifier) -> "ModelRef":
        """Return a classifier in the place of a language model.

        >>> ModelRef.of_classifier(Classifier(method="nearest", pool="pool.jsonl")).id
        'classifier:nearest'
        """
        return cls(id=f"{CLASSIFIER}{classifier.method}", classifier=classifier)

    @model_validator(mode="before")
    @classmethod
    def _first_of_several(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a spec holds
        """Let the first of several addresses stand for all, and a classifier need no id."""
        if not isinstance(given, dict):
            return given
        classifier = given.get("classifier")
        if isinstance(classifier, dict) and "id" not in given:
            given = {**given, "id": f"{CLASSIFIER}{classifier.get('method')}"}
        several = given.get("base_urls")
        if isinstance(several, list | tuple) and several and given.get("base_url") is None:
            return {**given, "base_url": several[0]}
        return given

    @model_serializer(mode="wrap")
    def _without_ways(
        self, dump: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        """Leave out of digests how a server is reached and who shares the work: neither changes an answer.

        So a run goes on, and a verdict stands, where the server moved to another spelling of its address
        or a timeout was raised.
        """
        found: dict[str, Any] = dump(self)
        if info.context != FOR_DIGEST:
            return found
        fields = type(self).model_fields
        usual = {name: fields[name].default for name in _WAYS if name in found}
        found |= {name: value for name, value in usual.items() if fields[name].exclude_if is None}
        for name in usual:
            if fields[name].exclude_if is not None:
                del found[name]
        if self.base_url is not None:
            found["base_url"] = usual_address(self.base_url)
        return found

    @property
    def replicas(self) -> tuple["ModelRef", ...]:
        """Return a reference for each server; the first alone where there is only one."""
        urls = dict.fromkeys(filter(None, (self.base_url, *self.base_urls)))
        return tuple(self.replace(base_url=url, base_urls=()) for url in urls)

    def is_form_of(self, other: "ModelRef") -> bool:
        """Return whether it is another model's weights in other words: fewer bits, or another path to them.

        Whole weights in place of packed ones are worth more, and so are no form of these.

        >>> whole = ModelRef(id="m")
        >>> packed = ModelRef(id="m", quantization="nf4")
        >>> packed.is_form_of(whole), whole.is_form_of(packed)
        (True, False)
        >>> ModelRef(id="./", dtype="float32").is_form_of(ModelRef(id="."))
        True
        """
        if self.quantization is None and other.quantization is not None:
            return False
        mine, its = (
            each.as_asked.replace(
                id=_one_path(each.id),
                dtype="auto",
                quantization=None,
                device_map=None,
                tokenizer=None,
            )
            for each in (self, other)
        )
        return mine == its

    @property
    def as_asked(self) -> "ModelRef":
        """Return the reference without the settings of how its server is reached, which change no answer.

        >>> ModelRef(id="m", concurrency=8).as_asked == ModelRef(id="m").as_asked
        True
        >>> one, other = (f"http://{host}:8000/v1" for host in ("localhost", "127.0.0.1"))
        >>> ModelRef(id="m", base_url=one).as_asked == ModelRef(id="m", base_url=other).as_asked
        True
        """
        fields = type(self).model_fields
        place = None if self.base_url is None else server_place(self.base_url)
        return self.replace(base_url=place, **{name: fields[name].default for name in _WAYS})

    @property
    def is_endpoint(self) -> bool:
        """Return whether answers come over HTTP."""
        return self.base_url is not None

    @property
    def is_recorded(self) -> bool:
        """Return whether another tool has collected the answers already."""
        return self.id.startswith(RECORDED) and not self.is_endpoint

    @property
    def is_scripted(self) -> bool:
        """Return whether a function in this process answers."""
        return self.id.startswith(SCRIPTED)

    @property
    def is_loaded_here(self) -> bool:
        """Return whether a model, or a classifier, is loaded on this machine to answer."""
        return not (self.is_endpoint or self.is_recorded or self.is_scripted)

    @property
    def has_weights(self) -> bool:
        """Return whether the weights of a language model are loaded on this machine to answer."""
        return self.is_loaded_here and self.classifier is None

    @property
    def tokens_from(self) -> "ModelRef | None":
        """Return the files that hold the model's tokenizer and template; None where none are named."""
        if self.classifier is not None:
            return None
        if not self.is_endpoint:
            return self
        return None if self.tokenizer is None else ModelRef(id=self.tokenizer)


def _one_path(name: str) -> str:
    """Return one text for all paths to the same folder or file; what is no path stays."""
    with suppress(OSError, RuntimeError, ValueError):  # too long a name, no home, a null byte
        path = Path(name).expanduser()
        return str(path.resolve()) if path.exists() else name
    return name
