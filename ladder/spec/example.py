"""The commented task.yaml that `ladder init` writes."""

import textwrap

SPENDING = """\
One part of the eval data, the confirmation part, is asked only for a verdict; all levers are tried
on the other, the selection part, as often as you like (`ladder run --explore` does nothing else).
A verdict closes the samples that its tests read, and they serve as selection samples from then on;
those that no test read stay untouched for the next verdict. `ladder check`, `plan`, `run`, `status`
and the report say how many are left."""
"""How a run spends eval data, in three sentences."""

_TEXT = """\
# yaml-language-server: $schema=task.schema.json
# A task for ladder. Do we really need to fine-tune?
# Every key is explained by completion in an editor that reads the line above.

schema_version: 1
name: my-task                # names the run folder: runs/my-task-…

# The model you have today. A hub id, a folder, a .gguf file, `package:<module>/<file>`,
# or the name an endpoint serves it under.
model:
  id: HuggingFaceTB/SmolLM2-135M-Instruct
  # revision: <commit>       # pin it: the record is worth more
  # base_url: http://localhost:8000/v1    # then declare the template below
  # api_key_env: MY_API_KEY  # the name of the variable, never the key
  # More for endpoints (proxy, ca_file, headers, query, extra_body): docs/endpoints.md

# Examples with known answers: .jsonl, .csv, .parquet, or a `datasets` id.
# Paths are seen from the folder of this file.
#
{spending}
data:
  path: eval.jsonl           # {{"input": "…", "target": "…"}} a line
  input: input               # column that goes into the prompt
  target: target             # column with the answer; a list: several are right
  # id: id
  # cluster: customer        # rows that belong together stay together in the split
  # slices: [language]

prompt:
  # system: You are a careful assistant.
  user: "{{{{ input }}}}"        # every other column is there too: {{{{ column }}}} or {{column}}

metric:
  name: exact_match          # {metrics}
  reading: strict            # strict | lenient | last_number | pattern
  # pattern: 'answer: (.*)'
  # labels: [billing, shipping]   # for choice: the answers there are
  # at_least: {{billing: 0.9}}     # for choice: a target for one class, beside the one below

target: 0.8                  # the score that is good enough: 0.8 is 80 percent

generation:
  max_new_tokens: 64
  temperature: 0             # 0: greedy

# What each lever may try. A lever without material is either given some, or declared
# `not_applicable: "<reason>"`; one that is neither tried nor declared can never lead to
# the verdict fine_tune.
levers:
  template: {{}}               # faults are found and repaired; or templates: [fixed.jinja]
  #                          # at an endpoint: not_applicable: "the server hides its template"
  prompt:
    prompts:
      - "{{{{ input }}}}\\n\\nReply with the answer only."
      - "Question: {{{{ input }}}}\\n\\nAnswer:"
  model:
    not_applicable: "only this model may be used"   # or models: [org/other]
  decoding:
    grid:
      temperature: [0.7]
  rag:
    not_applicable: "no documents"   # or corpus: docs, a folder of .md, .html, .pdf, .txt, .jsonl
  rerank:
    not_applicable: "no documents"                  # or rerankers: [cross-encoder/…]
  few_shot:
    not_applicable: "no examples besides the eval data"   # or pool: pool.jsonl, rows such as
    #                        # you would train on, and none of the eval data

budget:
  minutes: 30                # also: calls, tokens

# prices:                    # for money in the report, and to name the cheaper of two models
#   currency: EUR
#   per_million_tokens:
#     org/model: {{prompt: 0.15, answer: 0.60}}

# What may it cost? A candidate beyond a limit is shown, and cannot be the verdict.
# limits: {{seconds_p95: 1.5, prompt_tokens: 2000}}   # also: money_per_1000, memory_gib

# errors: stop              # what failed calls stand for: stop | score_zero | inconclusive

seed: 0

# Used only behind the verdict fine_tune.
# training:
#   path: train.jsonl        # the columns of the eval data, and none of its rows
#   review:                  # what people answer for; see docs/fine-tuning.md
#     behaviour: classification_or_extraction
#     licences: {{data: own}}
"""
_METRICS = "exact_match, numeric, choice, json_fields, …: docs/metrics.md"


EXAMPLE = _TEXT.format(metrics=_METRICS, spending=textwrap.indent(SPENDING, "# "))
"""What `ladder init` writes, beside `task.schema.json`: every part of a task, explained."""
