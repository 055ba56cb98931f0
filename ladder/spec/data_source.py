"""`DataSource`: which rows a task is measured on, and how they are read."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ladder.frozen import Frozen, added, short_for
from ladder.spec.retriever_spec import PassageFields

TargetKind = Literal["text", "object", "calls", "none"]
"""What a row of data may give as its answer: a text, an object, calls of tools, or nothing."""


CleanStep = Literal[
    "strip_point_zero",
    "read_lists",
    "strip_quotes",
    "strip_invisible",
    "compose",
    "unescape_html",
    "strip_tokens",
    "strip_stop_marks",
    "strip_marks",
    "as_written",
]
"""What `data.clean` may take out of targets; `as_written` says that all is meant as it stands."""


Encoding = Literal[
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "latin-1", "iso-8859-2", "iso-8859-5", "iso-8859-15", "cp437", "cp850", "mac-roman", "koi8-r",
    "utf-16-le", "utf-16-be", "gb18030", "big5", "shift_jis", "euc-jp", "cp949",
]  # fmt: skip
"""How bytes stand for letters in a file that is not UTF-8."""


OnEmpty = Literal["stop", "exclude"]
"""What becomes of rows whose question or answer is empty."""


class OnLeak(Frozen):
    """What becomes of eval rows that stand in a pool, a corpus, training data or a prompt.

    `waive` names samples or other rows, by id, whose pairs are no leak. `drop` names eval samples
    that are left out of the eval data. For all other leaks, `rest: stop` lets nothing run, and
    `rest: exclude` leaves out the row, shot or passage, and never the eval sample.
    """

    waive: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    rest: Literal["stop", "exclude"] = "stop"


class GivenPassages(Frozen):
    """The column with the passages of a row: a list, JSON, or a text.

    `separator` stands between the passages of a text; without it a line `---` does, and a text
    without such a line is one passage. `fields` say which keys the passages of a list have.
    """

    column: str
    separator: str | None = Field(default=None, min_length=1)
    fields: PassageFields = PassageFields()


class DataSource(Frozen):
    """Rows: a JSONL, CSV or Parquet file, or a `datasets` id with a revision.

    `looks` is the file that keeps what was asked of the confirmation part, over all runs; without
    it `<path>.looks.json` beside the data. `on_leak` is `stop`, `exclude`, or a section. `clean`
    names what is taken out of the targets (of the eval data, pools and training data alike) that
    a file format left there; `ladder check` says what to write.

    Rows of chat data are recognised where `input` and `target` are left out, and `input` may name
    a column of turns. `turns` says which of a conversation's answers are targets: the last, or all
    of them, each as a sample of its own. `system` and `tools` name the columns that hold a row's
    system text and its tools; in chat rows they are found under these names. `target: null` says
    that there are no targets: a metric of one's own then scores the answer alone.

    `gold` names the column that says which passages of the corpus are right for a row, by their ids:
    one id, a list of them, or grades by id (`{"p12": 3, "p40": 1}`; 0 and less is not relevant). No
    candidate sees it: recall, nDCG and MRR are measured by it, and whether retrieval can help at all.

    `passages` names the column with the passages that were fetched for a row already, best first;
    levers rag and rerank use them.

    `encoding` names how a file is written that is neither UTF-8 nor marked as UTF-16. `sheet` names
    the sheet of a workbook where several hold rows. `on_empty` says what becomes of rows whose
    question or answer is empty: `stop`, or `exclude`, which leaves them out and says so.
    """

    path: str
    input: str = "input"
    target: str | None = "target"
    id: str | None = None
    cluster: str | None = None
    slices: tuple[str, ...] = ()
    revision: str | None = None
    split: str = "test"
    looks: str | None = None
    # A spec that leaves it out keeps the digest it had before there was this field.
    on_leak: Annotated[
        OnLeak,
        BeforeValidator(
            short_for("rest"), json_schema_input_type=Literal["stop", "exclude"] | OnLeak
        ),
    ] = added(OnLeak())
    clean: tuple[CleanStep, ...] = added(())
    turns: Literal["last", "all"] = added("last")
    system: str | None = added(None)
    tools: str | None = added(None)
    gold: str | None = added(None)
    encoding: Encoding | None = added(None)
    sheet: str | None = added(None)
    on_empty: OnEmpty = added("stop")
    passages: (
        Annotated[
            GivenPassages,
            BeforeValidator(short_for("column"), json_schema_input_type=str | GivenPassages),
        ]
        | None
    ) = added(None)


AnyData = Annotated[
    DataSource, BeforeValidator(short_for("path"), json_schema_input_type=str | DataSource)
]
