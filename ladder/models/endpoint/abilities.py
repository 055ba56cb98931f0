"""`EndpointAbilities`: what a server was seen to do, and what a candidate needs that it lacks."""

from ladder.finding import Finding
from ladder.frozen import Frozen, added, digest_of
from ladder.spec.candidate import Candidate


class EndpointAbilities(Frozen):
    """What one server does, each proven by its behaviour: a status of 200 proves nothing.

    True: seen. False: seen not to. None: not known, as nothing showed it either way.

    Attributes:
        base_url, model: Who was asked.
        answers_as: The name that the server says has answered.
        server, fingerprint: What it says of its software and its weights.
        context_tokens: The longest text that it says it takes.
        limit_field: What it calls the limit on new tokens.
        temperature: At 0 it repeats itself, and at 1 it does not.
        seed: Sampled answers repeat themselves under the same seed.
        stop: An answer ends at a stop string.
        top_k, min_p: Sampling from the likeliest token alone gives the greedy answer.
        repetition_penalty: It changes the greedy answer.
        n, logprobs: Several answers to one call; probabilities beside them.
        json_object, json_schema: These kinds of `response_format` are kept against what the prompt
            asks for.
        structured_outputs, guided_choice, regex, ebnf, grammar: Other fields that hold an answer
            to a form: vLLM's, its older one, two of SGLang's and llama.cpp's.
        needle: What stands at the start of a prompt of `needle_tokens` comes back.
        tools: A tool that must be called is called.
        shows_tools: The model sees the tools: one is called, or the server counts more tokens.
        template_arguments: They change the prompt, where the server shows it.
        prefill: It goes on from a reply that the prompt begins; looked at where the task begins one.
        shows_tokens, shows_prompts, shows_props: `/tokenize`, `/apply-template`, `/props`.
        prompt_difference: Where the server's prompt first differs from that of the model's own
            template, which training would see; empty where it does not, or where nobody looked.
        serves_template: The digest of that template, where the server's prompts are those of it.
        shown_template: The template that the server says it fills in, where `model.tokenizer`
            does not name another; empty where it shows none.
        shown_difference: Where the server's prompt first differs from what that template alone
            would write.
        lost_messages: The roles of the task's messages whose text is not in the server's prompt.
        asked_at, asked_as: Its address and the model's name there, where they are other ones than
            `base_url` and `model`.
        left_out: Fields that it refuses and that no answer needs, so that they are left out.
        streams: It answers piece by piece alone, and has to be asked to.
        calls: What it took to find this out.
    """

    base_url: str
    model: str
    answers_as: str = ""
    server: str = ""
    fingerprint: str = ""
    context_tokens: int | None = None
    limit_field: str | None = None
    temperature: bool | None = None
    seed: bool | None = None
    stop: bool | None = None
    top_k: bool | None = None
    min_p: bool | None = None
    repetition_penalty: bool | None = None
    n: bool | None = None
    logprobs: bool | None = None
    json_object: bool | None = None
    json_schema: bool | None = None
    structured_outputs: bool | None = None
    guided_choice: bool | None = None
    regex: bool | None = None
    ebnf: bool | None = None
    grammar: bool | None = None
    needle: bool | None = None
    needle_tokens: int = 0
    tools: bool | None = None
    shows_tools: bool | None = None
    template_arguments: bool | None = None
    prefill: bool | None = None
    shows_tokens: bool | None = None
    shows_prompts: bool | None = None
    shows_props: bool | None = None
    prompt_difference: str = ""
    serves_template: str = ""
    shown_template: str = ""
    shown_difference: str = ""
    lost_messages: tuple[str, ...] = ()
    asked_at: str = added("")
    asked_as: str = added("")
    left_out: tuple[str, ...] = added(())
    streams: bool = added(False)
    calls: int = 0

    @property
    def keeps_json(self) -> bool | None:
        """Return whether any field holds an answer to JSON; None where nothing showed it."""
        others = (self.json_schema, self.structured_outputs, self.guided_choice, self.grammar)
        return True if any(others) else self.json_object

    def lacking(self, before: Candidate, after: Candidate) -> str:
        """Return which setting makes one candidate of another, and the server does not honour.

        >>> from ladder.spec.candidate import Decoding, ModelRef
        >>> greedy = Candidate(model=ModelRef(id="m"))
        >>> warm = greedy.replace(decoding=Decoding(temperature=0.7))
        >>> EndpointAbilities(base_url="", model="m", temperature=False).lacking(greedy, warm)
        'generation.temperature'
        >>> EndpointAbilities(base_url="", model="m").lacking(greedy, warm)
        ''
        """
        old, new = before.decoding, after.decoding
        arguments = after.effective_chat.template_arguments
        needed = {
            "generation.temperature": (self.temperature, new.temperature != old.temperature),
            "generation.top_k": (self.top_k, new.top_k not in (None, old.top_k)),
            "generation.min_p": (self.min_p, new.min_p not in (None, old.min_p)),
            "generation.repetition_penalty": (
                self.repetition_penalty,
                new.repetition_penalty not in (None, 1.0, old.repetition_penalty),
            ),
            "chat.prefill": (
                self.prefill,
                after.effective_chat.prefill not in ("", before.effective_chat.prefill),
            ),
            "chat.template_arguments": (
                self.template_arguments,
                arguments != before.effective_chat.template_arguments,
            ),
        }
        names = [name for name, (has, is_new) in needed.items() if is_new and has is False]
        return ", ".join(names)

    def is_served_anyway(self, before: Candidate, after: Candidate) -> bool:
        """Return whether a candidate differs only by the template that the server fills in itself."""
        template = after.effective_chat.template
        if template is None or digest_of(template) != self.serves_template:
            return False
        own = after.effective_chat.replace(template=None, model=before.effective_chat.model)
        return own == before.effective_chat

    def findings(self) -> list[Finding]:
        """Return what a reader of the scores must know of the server."""
        told = []
        if self.temperature is False:
            told.append(
                Finding(
                    code="N05 temperature-not-honoured",
                    severity="warning",
                    problem="The server does not honour temperature: two answers at 0 differ, or "
                    "answers at 0 and at 1 never do.",
                    next_step="Read scores as those of the server's own way to sample; candidates "
                    "with another temperature are not testable here.",
                )
            )
        if self.needle is False:
            told.append(
                Finding(
                    code="N06 prompt-cut-by-server",
                    severity="warning",
                    problem=f"The server drops the start of a prompt of {self.needle_tokens} tokens "
                    "without a word.",
                    next_step="Raise its context length (Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx), "
                    "before any score of a long prompt is believed.",
                )
            )
        if self.prompt_difference:
            told.append(
                Finding(
                    code="N07 served-prompt-differs",
                    severity="warning",
                    problem="The server's prompts are not those of the model's own template, which "
                    "training would see.",
                    evidence=self.prompt_difference,
                    next_step="Let lever 1 measure what the model's own template is worth, then "
                    "start the server with it; a .gguf file may hold an older one.",
                )
            )
        return told
