"""S01 to S07: will the model stop where its turn ends, and only there?"""

from ladder.chat.probes.control import TEXT_STARTS, closing_partner
from ladder.chat.probes.conversations import VALUE
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import after
from ladder.chat.rules.generation_prompt import model_must_emit
from ladder.chat.rules.rule import Hit, RuleGroup, shown

RULES = RuleGroup()


def turn_end(probes: Probes) -> str | None:
    """Return the first control token after the last reply: what the model must stop on."""
    tokens = probes.control_tokens(probes.last_end) or probes.control_tokens(probes.middle_end)
    known = [token for token in tokens if len(probes.ids_of(token)) == 1]
    return known[0] if known else None


def _stop_strings_cover(probes: Probes, token: str) -> bool:
    end = (probes.last_end or "") + (probes.middle_end or "")
    return any(stop in token or stop in end for stop in probes.context.stop_strings)


@RULES.add(
    "S01 turn-end-not-stop",
    "error",
    "Generation does not stop where the template ends a turn: the model goes on by itself.",
    "Add the token to chat.extra_stop_tokens.",
)
def _turn_end_not_stop(probes: Probes) -> Hit | str | None:
    token = turn_end(probes)
    if token is None or not probes.stop_ids or _stop_strings_cover(probes, token):
        return _call_end_not_stop(probes)
    [id_] = probes.ids_of(token)
    if id_ in probes.stop_ids or _stops_after_reply(probes):
        return _call_end_not_stop(probes)
    return Hit(
        f"replies end with {token} (id {id_}); generation stops on {sorted(probes.stop_ids)}",
        repair=f"Add {token} to {_named_in(probes)}.",
    )


def _stops_after_reply(probes: Probes) -> bool:
    """Return whether generation stops on one of the tokens that close each reply, last or not.

    What closes the response alone may stand before what closes the turn, as Command A has it; an end
    of the whole text behind the last turn is no such token.
    """
    ends = [probes.control_tokens(end) for end in (probes.last_end, probes.middle_end)]
    known = [token for token in ends[0] if token in ends[1]] if all(ends) else [*ends[0], *ends[1]]
    return any(probes.ids_of(token) == [id_] for token in known for id_ in probes.stop_ids)


def call_end(probes: Probes) -> str | None:
    """Return the token that ends a turn with a tool call, where generation does not stop there.

    What closes a call alone may be followed by another call; so any stop among the tokens after it
    will do, and where there is none, it is the last of them.
    """
    tokens = probes.control_tokens(after(probes.text("call"), VALUE))
    known = [token for token in tokens if len(probes.ids_of(token)) == 1]
    if not known or any(probes.ids_of(token)[0] in probes.stop_ids for token in known):
        return None
    return known[-1]


def _call_end_not_stop(probes: Probes) -> Hit | None:
    """Say where a reply with a tool call ends with another token than other replies."""
    if not probes.uses_tools or not probes.stop_ids:
        return None
    token = call_end(probes)
    if token is None or token in probes.turn_openers or _stop_strings_cover(probes, token):
        return None
    return Hit(
        f"a tool call ends with {token} (id {probes.ids_of(token)[0]}); generation stops on "
        f"{sorted(probes.stop_ids)}",
        problem="Generation does not stop where the template ends a tool call: the model goes on.",
        repair=f"Add {token} to {_named_in(probes)}.",
    )


def _named_in(probes: Probes) -> str:
    """Return the field in which the tokens to stop on are named; the one rules the other out."""
    return "chat.extra_stop_tokens" if probes.setup.stop_tokens is None else "chat.stop_tokens"


@RULES.add(
    "S02 turn-not-closed",
    "warning",
    "The template does not close the reply, so nothing in it shows the model where to stop.",
    "Compare with the model's own template; else stop on the text that opens the next turn.",
)
def _turn_not_closed(probes: Probes) -> Hit | str | None:
    last, middle = probes.last_end, probes.middle_end
    if last is None or middle is None:
        return _heading_not_stop(probes)
    marked = _markers_left_open(probes)
    if marked is not None:
        return marked
    if probes.closers:
        return None
    following = _after_reply(probes)[:1]
    evidence = f"after the last reply stands {shown(last)}, between turns {shown(middle)}"
    if probes.context.training:
        return Hit(evidence, severity="error")
    if following and following[0] not in probes.turn_openers:
        return None
    ids = probes.ids_of(following[0]) if following else []
    covered = probes.context.stop_strings or (len(ids) == 1 and ids[0] in probes.stop_ids)
    return None if covered else evidence


def _heading_not_stop(probes: Probes) -> Hit | None:
    """Say where nothing keeps a base model from writing the next turn under its heading."""
    heading = probes.setup.headings.get("user", "").strip()
    stops = probes.context.stop_strings
    if probes.setup.mode != "completion" or not heading:
        return None
    if any(stop in f"\n\n{heading}\n" for stop in stops):
        return None
    return Hit(
        f"after its reply the model may go on with {heading!r}; stop strings: {list(stops)}",
        problem="Nothing stops the model from writing the next turn itself.",
        repair=f"Add {shown(chr(10) + heading)} to generation.stop_strings.",
    )


def _markers_left_open(probes: Probes) -> Hit | None:
    unclosed, uneven = _unclosed_markers(probes), _uneven_markers(probes)
    if unclosed:
        pairs = ", ".join(f"{token} without {closing_partner(token)}" for token in unclosed)
        return Hit(f"the template writes {pairs}")
    if not uneven:
        return None
    return Hit(
        ", ".join(uneven),
        severity="error" if probes.context.training else "warning",
        problem="The template opens turns that it does not close.",
        repair="Close every turn as the others are closed; compare with the model's own template.",
    )


def _after_reply(probes: Probes) -> list[str]:
    """Return the control tokens between a reply and the next user text, start tokens left out."""
    return [t for t in probes.control_tokens(probes.middle_end) if t not in TEXT_STARTS]


def _unclosed_markers(probes: Probes) -> list[str]:
    """Return the markers around replies whose closing partner the history never shows."""
    history = probes.control_tokens(probes.text("uaua"))
    around = [token for header in probes.headers for token in probes.control_tokens(header)]
    return [
        token
        for token in dict.fromkeys(around)
        if token[0] != "["
        and token not in TEXT_STARTS
        and (closing_partner(token) or token) not in history
    ]


def _uneven_markers(probes: Probes) -> list[str]:
    """Return the opening tokens that occur oftener than what closes them; one may be left open."""
    tokens = probes.control_tokens(probes.text("uaua"))
    pairs = {token: closing_partner(token) for token in tokens if token not in TEXT_STARTS}
    return [
        f"of two user turns and two replies: {token} ×{tokens.count(token)}, {partner} "
        f"×{tokens.count(partner)}"
        for token, partner in pairs.items()
        if partner in tokens and tokens.count(token) - tokens.count(partner) > 1
    ]


@RULES.add(
    "S03 stop-inside-turn",
    "error",
    "Generation stops on a token that the model writes before its answer.",
    "Take that token out of the stop tokens.",
)
def _stop_inside_turn(probes: Probes) -> Hit | str | None:
    rest = model_must_emit(probes)
    inside = [
        token
        for token in probes.control_tokens(rest)
        if probes.ids_of(token)[:1] and probes.ids_of(token)[0] in probes.stop_ids
    ]
    return f"{inside[0]} is part of {shown(rest)}" if inside else None


@RULES.add(
    "S04 eos-disagreement",
    "warning",
    "Tokenizer and generation config disagree about the end token.",
    "Add the tokenizer's end token to chat.extra_stop_tokens, and measure.",
)
def _eos_disagreement(probes: Probes) -> Hit | str | None:
    unknown_names = [token for token in probes.named_stops if len(probes.ids_of(token)) != 1]
    if probes.tokenizer is not None and unknown_names:
        return Hit(
            f"{', '.join(unknown_names)}: not one token of this model",
            severity="error",
            problem="The setup names a stop token that the model does not have.",
            repair=f"Take {', '.join(unknown_names)} out of {_named_in(probes)}; a text to stop on "
            "belongs into generation.stop_strings.",
        )
    eos = probes.special_id("eos_token")
    listed = probes.stop_ids
    if probes.tokenizer is None or not listed:
        return None
    if eos is not None and eos not in listed:
        return Hit(
            f"the tokenizer's end token is {eos}; generation stops on {sorted(listed)}",
            repair=f"Add {probes.special_tokens['eos_token']} to {_named_in(probes)}, and measure.",
        )
    rows = probes.context.embedding_rows
    beyond = [id_ for id_ in listed if rows is not None and id_ >= rows]
    if not beyond:
        return None
    return Hit(
        f"ids {beyond} do not exist",
        problem="The model's files name end tokens that it does not have.",
        repair="Name the tokens to stop on in chat.stop_tokens.",
    )


@RULES.add(
    "S05 eos-undefined",
    "error",
    "Nothing ends the generation but max_new_tokens.",
    "Add the token that ends a turn to chat.extra_stop_tokens.",
)
def _eos_undefined(probes: Probes) -> Hit | str | None:
    if probes.tokenizer is None or probes.stop_ids or probes.context.stop_strings:
        return None
    return "neither the generation config nor the task names a token or text to stop on"


@RULES.add(
    "S06 stop-string-in-answer",
    "error",
    "A stop string is part of a right answer, which is therefore never finished.",
    "Drop it from generation.stop_strings.",
)
def _stop_string_in_answer(probes: Probes) -> Hit | str | None:
    emitted = model_must_emit(probes) or ""
    for stop in probes.context.stop_strings:
        hit = next((text for text in (*probes.context.targets, emitted) if stop in text), None)
        if stop and hit is not None:
            return f"{shown(stop)} is part of {shown(hit)}"
    return None


@RULES.add(
    "S07 last-differs-from-mid",
    "info",
    "The last reply ends with another token than earlier ones.",
    "Let generation stop on both.",
)
def _last_differs(probes: Probes) -> Hit | str | None:
    if probes.middle_end is None or probes.last_end is None:
        return None
    last = probes.closers[:1]
    earlier = [t for t in _after_reply(probes) if t in last or t not in probes.turn_openers][:1]
    if last == earlier or (not last and probes.context.training):
        return None
    ends = [f"ends with {tokens[0]}" if tokens else "is left open" for tokens in (last, earlier)]
    return f"the last reply {ends[0]}, an earlier one {ends[1]}"
