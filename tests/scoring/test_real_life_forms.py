"""Forms in real life: answers that people would say have a form, or only look as if they did."""

from typing import Any

from ladder.scoring import Metric, load_metric
from ladder.spec.metric_spec import MetricSpec

Row = tuple[dict[str, Any], list[str]]


def schema(given: dict[str, Any]) -> dict[str, Any]:
    return {"name": "json_schema", "schema": given}


def form(pattern: str) -> dict[str, Any]:
    return {"name": "matches", "pattern": pattern}


def long(**fields: Any) -> dict[str, Any]:
    return {"name": "length", **fields}


def in_(language: str) -> dict[str, Any]:
    return {"name": "language", "language": language}


def code(syntax: str, dialect: str | None = None) -> dict[str, Any]:
    return {"name": "parses", "syntax": syntax, "dialect": dialect}


PERSON = schema(
    {
        "type": "object",
        "required": ["name", "age"],
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "age": {"type": "integer", "minimum": 0},
            "email": {"type": "string", "format": "email"},
            "born": {"type": "string", "format": "date"},
            "at": {"type": "string", "format": "date-time"},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True},
            "uri": {"type": "string", "format": "uri"},
            "kind": {"const": "x"},
        },
        "additionalProperties": False,
    }
)

RIGHT: list[Row] = [
    (PERSON, ['{"name":"Ann","age":3}', '{"name":"Ann","age":3.0}', '```json\n{"name":"Ann","age":3,"email":"a@b.de"}\n```',
        '{"name":"Ann","age":3,"born":"2024-02-29","at":"2024-01-01T10:00:00Z"}', '{"name":"Ann","age":3,"at":"2024-01-01T10:00:00.123+02:00"}',
        '{"name":"Ann","age":3,"tags":["a","b"]}', '{"name":"Ann","age":3,"tags":[]}']),
    (schema({'type': 'array', 'items': {'type': 'string'}}), ['["a"]']),
    (schema({'type': 'string'}), ['"a"']),
    (schema({'oneOf': [{'type': 'null'}, {'type': 'number'}]}), ['null']),
    (schema({'$schema': 'http://json-schema.org/draft-07/schema#', 'definitions': {'p': {'type': 'integer'}}, 'type': 'object',
        'properties': {'a': {'$ref': '#/definitions/p'}}}), ['{"a":1}']),
    (form(r'(yes|no)'), ['yes']), (form(r'^\d{4}-\d{2}-\d{2}$'), ['2024-01-02']),
    (form(r'(?s)Dear .+,\n.+Regards'), ['Dear Ann,\nthanks.\nRegards']),
    (form(r'(?i)yes'), ['YES']),
    (form(r'- .+(\n- .+){2}'), ['- a\n- b\n- c', '- a\r\n- b\r\n- c']),
    (form(r'[A-Z]{3}'), ['<think>hm</think>\nABC']), (form(r'\p{Lu}\p{Ll}+'), ['\xc9t\xe9']),
    (form(r'[\d,]+ €'), ['1,200 \u20ac', '1,200\xa0\u20ac']),
    (long(max=5), ['Five words and no more', 'Don\u2019t use state-of-the-art things']),
    (long(max=3), ['**bold** _it_ `x`']), (long(max=4), ['a \u2014 b \u2013 c']),
    (long(max=10, unit='characters'), ['\u5929\u6c14\u5f88\u597d\uff0c\u6211\u4eec\u8d70\u5427\u3002']),
    (long(max=2, unit='sentences'), ['E.g. this one. And that.', 'J. K. Rowling wrote it. It sold well.']),
    (long(max=1, unit='sentences'), ['Version 2.5.1 costs $3.50.', 'Visit www.example.com/a.html today.', 'The U.S. economy grew.', 'Hello, world',
        'Mr. and Mrs. Smith met Prof. Lee at 5 p.m. on Jan. 3.', 'Das kostet z. B. ca. 3 Mio. Euro.', 'See Fig. 3 and Eq. 4 on p. 7.']),
    (long(min=3, max=3, unit='sentences'), ['One. Two! Three?', '1. Wash it.\n2. Dry it.\n3. Fold it.']),
    (long(min=2, max=2, unit='sentences'), ['\u4eca\u5929\u5f88\u597d\u3002\u660e\u5929\u5462\uff1f', 'Yes... I think so.']),
    (long(min=1, max=1, unit='sentences'), ['He asked \u201cwhy?\u201d and left.', 'Am 3. Oktober feiern wir.']),
    (long(min=3, max=3, unit='lines'), ['1. a\n2. b\n3. c\n']),
]  # fmt: skip
WRONG: list[Row] = [
    (PERSON, ['{"name":"Ann","age":"3"}', '{"name":"","age":3}', '{"name":"Ann"}', '{"name":"Ann","age":-1}', '{"name":"Ann","age":3,"x":1}',
        '{"name":"Ann","age":3,"email":"ann"}', '{"name":"Ann","age":3,"born":"01/02/2024"}', '{"name":"Ann","age":3,"born":"2024-1-2"}',
        '{"name":"Ann","age":3,"at":"2024-01-01"}', '{"name":"Ann","age":3,"at":"2024-01-01 10:00"}', '{"name":"Ann","age":3,"tags":["a","a"]}',
        '{"name":"Ann","age":3,"tags":["c"]}', '[{"name":"Ann","age":3}]', '{"name":"Ann","age":3,}', "{'name':'Ann','age':3}", '{"name":null,"age":3}',
        '{"name":"Ann","age":NaN}', '{"name":"Ann","age":3}{"name":"Ann","age":3}', '{"name":"Ann","age":3} Done.', '"{\\"name\\":\\"Ann\\",\\"age\\":3}"',
        'I cannot.', '{"person":{"name":"Ann","age":3}}', '{"name":"Ann","age":3', '{"name":"Ann","age":3,"at":"20240101T100000Z"}',
        '{"name":"Ann","age":3,"born":"20240102"}', '{"name":"Ann","age":3,"kind":"y"}']),
    (form(r'(yes|no)'), ['yes.', 'Yes', 'yes\nno', '**yes**', 'yes no']),
    (form(r'yes|no'), ['yesno', 'yes, no', 'not']), (form(r'^\d{4}$'), ['2024\n2025']),
    (form(r'(?m)^\d{4}$'), ['2024\nhello']), (form(r'\d+'), ['12 x']),
    (form(r'[a-z]+'), ['<think>abc</think>']),
    (long(max=5), ['Six words are more than five', '', '   ', 'one\ntwo\nthree\nfour\nfive\nsix', '\u4eca\u5929\u5929\u6c14\u5f88\u597d']),
    (long(max=3), ['one,two,three,four', 'a/b/c/d e f g', '\u3053\u308c\u306f\u30da\u30f3\u3067\u3059']),
    (long(max=10, unit='characters'), ['eleven char']),
    (long(max=1, unit='sentences'), ['It works. It is good.', 'It works! It is good', 'He is in the U.S. She is not.', 'It is 5 p.m. We go.',
        '\u4eca\u5929\u5f88\u597d\u3002\u660e\u5929\u4e5f\u597d', 'One\nTwo', 'It costs 5. Buy it.', 'He likes plan B. She does not.', 'We need it, etc. They do not.']),
    (long(max=2, unit='lines'), ['a\nb\nc']),
    (long(min=3, max=3, unit='sentences'), ['One. Two.']), (long(min=5), ['one two']),
]  # fmt: skip
RIGHT_CODE: list[Row] = [
    (code('python'), ['```python\nimport os\n\ndef f(x: int) -> int:\n    return x + 1\n```', 'print("hi")', '```py\nx = [i for i in range(3)]\n```',
        '```\nx = 1\n```', 'async def f():\n    await g()', 'match x:\n    case 1: pass', 'x: int = 1', 'lambda x: x + 1', '# comment\nimport os',
        '"""Doc."""\nx = 1', 'def f():\n    """Say `hi`.\n\n    ```\n    x\n    ```\n    """',
        '```python\ndef f():\n    """Ex.\n\n    ```\n    x\n    ```\n    """\n```', '[1, 2]', 'a + b', 'pass', 'df["a"].sum()', 'return']),
    (code('sql'), ['SELECT * FROM users;', '```sql\nSELECT name, COUNT(*) FROM t GROUP BY name HAVING COUNT(*) > 1 ORDER BY 2 DESC LIMIT 5;\n```',
        'WITH a AS (SELECT 1) SELECT * FROM a', 'INSERT INTO t (a) VALUES (1)', 'UPDATE t SET a = 1 WHERE b = 2', 'DELETE FROM t',
        'CREATE TABLE t (a INT PRIMARY KEY)', 'CREATE INDEX i ON t (a)', 'SELECT a FROM t -- comment', '-- top\nSELECT 1',
        'SELECT CASE WHEN a > 1 THEN 2 ELSE 3 END FROM t', 'SELECT a, RANK() OVER (PARTITION BY b ORDER BY c) FROM t', '(SELECT 1) UNION ALL (SELECT 2)',
        'DROP TABLE t', 'SELECT "a" FROM "t"', 'BEGIN; UPDATE t SET a=1; COMMIT;', 'SELECT 1; SELECT 2;', 'VALUES (1, 2)', 'EXPLAIN SELECT 1', 'PRAGMA table_info(t)',
        'GRANT SELECT ON t TO u']),
    (code('sql', 'postgres'), ["SELECT a::int FROM t WHERE b ILIKE '%x%'", 'INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING RETURNING id']),
    (code('sql', 'mysql'), ['SELECT `a` FROM `t` LIMIT 5, 10']),
    (code('sql', 'tsql'), ['SELECT TOP 5 [a] FROM [dbo].[t]']),
    (code('sql', 'bigquery'), ['SELECT a FROM `p.d.t` QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1']),
    (code('sql', 'sqlite'), ["SELECT strftime('%Y', d) FROM t"]),
    (code('sql', 'snowflake'), ['SELECT a:b::string FROM t']),
    (code('yaml'), ['a: 1\nb:\n  - x\n  - y: 2', '---\na: 1\n', '```yaml\nversion: "3"\nservices:\n  web:\n    image: nginx\n```', '- a\n- b',
        'on:\n  push:\n    branches: [main]', 'a: &x 1\nb: *x', '{a: 1}', '# c\na: 1', 'a: |\n  text here\n  more', 'Type: AWS::S3::Bucket\nName: !Ref Foo',
        'date: 2024-01-01', 'a: 1\n---\nb: 2']),
    (code('toml'), ['[a]\nb = 1\nc = "x"', '```toml\n[tool.ruff]\nline-length = 100\n```']),
    (code('xml'), ['<?xml version="1.0"?>\n<a b="1"><c/></a>', '```xml\n<a>x &amp; y</a>\n```', '<!DOCTYPE html><html><body/></html>',
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', '<answer>x</answer>']),
    (code('json'), ['```json\n[1]\n```', '{"a": null}']),
]  # fmt: skip
WRONG_CODE: list[Row] = [
    (code('python'), ["print 'hi'", 'print "a"\n', 'except Exception, e:', 'try:\n    x\nexcept Exception, e:\n    pass', 'Here is the code:\n\nx = 1',
        '```python\nx = 1\n```\nThis sets x.', '```python\nx = 1', 'Sure', 'Hello, world', 'None', 'I cannot', '"Hello"', '42', 'yes, no', 'not sure', 'Sorry', 'No',
        'if x = 1: pass', 'def f(x)\n    return x', '```python\nx = 1\n```\n```python\ny = 2\n```', '>>> x = 1', 'function f() { return 1; }', 'x = 1;;',
        'Paris (France)', 'Yes and no', 'a or b', '-5', '...', 'Refund: yes', 'note: done', '(Paris)', 'Answer: 42', 'well-known', 'state-of-the-art', 'U.S.A',
        '"a" "b"', 'exec "x"', 'raise E, "x"', 'x <> y', '0777', 'def f():\n\tx\n        y']),
    (code('sql'), ['SELECT', 'SELECT FROM t', 'Here is the query: SELECT 1', 'select the name from the table of users', 'SELECT a FROM', 'SELECT a FROM t WHERE',
        'SELEC a FROM t', 'SELECT a b c FROM t', 'I cannot write this query.', 'hello', 'name', '```sql\nSELECT 1\n```\nThis selects one.', 'SELECT (a FROM t',
        "SELECT 'a FROM t", 'SELECT a FROM t GROUP', 'SELECT a FROM t;\nThis returns a.', 'SELECT a FROM t\n\nThis query returns a.', 'SELECT a, FROM t WHERE x = ',
        'update', 'Delete it', 'insert coin', '42', 'db.users.find({})', 'SELECT a FROM t WHERE b == ', 'drop it', 'Use SELECT', 'set a = 1', 'show me the tables',
        'describe it', 'comment on this', 'Drop the table users.', 'Alter it', 'Create a table', 'Select all users', 'select users', 'Select Paris',
        'SELECT 1 FROM t LIMIT 5 OFFSET']),
    (code('sql', 'postgres'), ['SELECT TOP 5 a FROM t WHERE']),
    (code('yaml'), ['Here is the YAML:', 'plain words', 'a: b: c', 'a:\n\t- b', '- a\nb: 1', 'a: [1, 2', '42', '"a"', 'Sure! Here is the file:\n\na: 1',
        '```yaml\na: 1\n```\nDone', 'a: 1\n a: 2', 'a: 1\na: 2', 'Note: I cannot do this.', '@a: 1', 'a: *x', 'a: !!bool x', 'null']),
    (code('toml'), ['a: 1', '[a\nb=1', 'a = x', 'hello']),
    (code('xml'), ['<a><b></a>', '<a>x & y</a>', '<a/><b/>', 'Here: <a/>', '<br>', 'text', '<p>a<br>b</p>']),
    (code('json'), ['[1,]', '{a: 1}', '{"a": 1}\n{"b": 2}', 'undefined', '42 apples']),
]  # fmt: skip
RIGHT_LANGUAGES: list[Row] = [
    (in_('en'), ['OK', 'Yes', 'Sure!', 'Berlin', '42', 'Thank you for your order, Frau M\xfcller.', 'The caf\xe9 on Rue de Rivoli serves cr\xe8me br\xfbl\xe9e.',
        'Run `pip install` now.', 'Great question! \U0001f60a', '- apples\n- pears\n- milk', 'def f(x): return x', 'Paris is the capital of France.', 'No problem.',
        'Maria Garcia Lopez, Madrid', 'I am sorry, I can not help with that.', 'Hi Ann, your parcel is late. Best, Bob', "The word 'Schadenfreude' is German.",
        'Positive', 'refund']),
    (in_('de'), ['Ja', 'Nein.', 'Gerne!', 'Klar, mache ich.', 'Guten Tag, Ihr Paket ist unterwegs.', 'OK, alles klar.',
        'Bitte \xf6ffnen Sie den Browser und klicken Sie auf \u201eSettings\u201c.', 'Das Meeting mit dem Sales-Team ist um 10 Uhr.', 'R\xfcckerstattung',
        'Wir melden uns.', '1. Ger\xe4t ausschalten\n2. Stecker ziehen', 'Entschuldigung.', 'Dortmund gegen Bayern']),
    (in_('fr'), ['Oui.', 'Bonjour, votre colis arrive demain.', "D'accord.", 'Je ne sais pas.', 'Merci beaucoup !', 'Remboursement']),
    (in_('es'), ['S\xed.', 'No lo s\xe9.', 'Gracias por su compra.', 'Claro que s\xed', 'Buenos d\xedas']),
    (in_('it'), ['S\xec, certo.', 'Grazie mille', 'Buongiorno, il suo pacco arriva domani.']),
    (in_('pt'), ['N\xe3o sei.', 'Obrigado pela sua compra.', 'Bom dia']),
    (in_('nl'), ['Ja, dat klopt.', 'Uw pakket komt morgen aan.']),
    (in_('pl'), ['Tak.', 'Dzi\u0119kuj\u0119 bardzo']), (in_('sv'), ['Tack s\xe5 mycket']),
    (in_('no'), ['Takk for hjelpen']), (in_('da'), ['Tak for hj\xe6lpen']),
    (in_('tr'), ['Te\u015fekk\xfcr ederim.']), (in_('cs'), ['D\u011bkuji.']),
    (in_('zh'), ['\u597d\u7684', '\u60a8\u7684\u8ba2\u5355\u5df2\u53d1\u8d27\u3002', '\u5df4\u9ece', '\u8bf7\u4f7f\u7528 iPhone 15 Pro \u767b\u5f55 App Store\u3002',
        '\u60a8\u7684\u8a02\u55ae\u5df2\u51fa\u8ca8\u3002']),
    (in_('ja'), ['\u306f\u3044', '\u308f\u304b\u308a\u307e\u3057\u305f\u3002', '\u6771\u4eac\u90fd', '\u5927\u962a']),
    (in_('ko'), ['\ub124', '\uac10\uc0ac\ud569\ub2c8\ub2e4.']),
    (in_('ru'), ['\u0414\u0430.', '\u0421\u043f\u0430\u0441\u0438\u0431\u043e \u0431\u043e\u043b\u044c\u0448\u043e\u0435']),
    (in_('uk'), ['\u0414\u044f\u043a\u0443\u044e']),
    (in_('ar'), ['\u0634\u0643\u0631\u0627 \u0644\u0643']),
    (in_('he'), ['\u05ea\u05d5\u05d3\u05d4 \u05e8\u05d1\u05d4']),
    (in_('hi'), ['\u0927\u0928\u094d\u092f\u0935\u093e\u0926']),
    (in_('th'), ['\u0e02\u0e2d\u0e1a\u0e04\u0e38\u0e13\u0e04\u0e23\u0e31\u0e1a']),
    (in_('vi'), ['C\u1ea3m \u01a1n b\u1ea1n.']), (in_('id'), ['Terima kasih banyak']),
    (in_('el'), ['\u0395\u03c5\u03c7\u03b1\u03c1\u03b9\u03c3\u03c4\u03ce']),
    (in_('hu'), ['K\xf6sz\xf6n\xf6m sz\xe9pen']), (in_('fi'), ['Kiitos paljon']),
    (in_('ro'), ['Mul\u021bumesc frumos']),
]  # fmt: skip
WRONG_LANGUAGES: list[Row] = [
    (in_('en'), ['Ja', 'Danke sch\xf6n', 'Bonjour', 'Hola, gracias', '\u597d\u7684',
        '\u0412\u0430\u0448 \u0437\u0430\u043a\u0430\u0437 \u043e\u0442\u043f\u0440\u0430\u0432\u043b\u0435\u043d.',
        'Ihr Paket kommt morgen. Your parcel arrives tomorrow.', 'Your parcel arrives tomorrow.\nIhr Paket kommt morgen an.', 'Je ne sais pas.',
        'Votre colis arrive demain.', '\u306f\u3044', '\ub124, \uc54c\uaca0\uc2b5\ub2c8\ub2e4.', '\u0634\u0643\u0631\u0627', 'Uw pakket komt morgen aan.',
        'Non lo so.', 'N\xe3o sei.', 'Sure! Ihr Paket kommt morgen an und wird geliefert.']),
    (in_('de'), ['Yes', 'Sure, here you go!', 'Your parcel arrives tomorrow.', "Sorry, I can't help with that.", 'No problem.', 'Great question!',
        'Here is the translation: Ihr Paket kommt morgen an.', 'Oui, bien s\xfbr.', 'Uw pakket komt morgen aan en wordt bezorgd.', '\u60a8\u7684\u8ba2\u5355',
        "I don't know.", 'Hello', 'Of course', 'Good morning']),
    (in_('fr'), ['Yes', 'Of course!', 'Ja, nat\xfcrlich.', 'Your parcel arrives tomorrow.', 'I do not know.', 'Gracias por su compra.', 'Sorry.',
        'Certainly! Votre colis arrive demain.']),
    (in_('es'), ['Yes', 'Obrigado pela sua compra.', 'N\xe3o sei.', 'Thanks', 'Your refund is on its way.', 'Grazie mille per il suo acquisto.']),
    (in_('zh'), ['OK, no problem', '\u308f\u304b\u308a\u307e\u3057\u305f\u3002', 'Your order has shipped.', '\ub124', '\u3042\u308a\u304c\u3068\u3046']),
    (in_('ja'), ['\u60a8\u7684\u8ba2\u5355\u5df2\u53d1\u8d27\u3002', '\u597d\u7684\uff0c\u6ca1\u95ee\u9898\u3002', 'Yes', '\uac10\uc0ac\ud569\ub2c8\ub2e4']),
    (in_('ko'), ['\u306f\u3044', 'Thank you']),
    (in_('ru'), ['\u0414\u044f\u043a\u0443\u044e \u0437\u0430 \u0432\u0430\u0448\u0443 \u043f\u043e\u043a\u0443\u043f\u043a\u0443, \u043c\u0438 \u0432\u0436\u0435 \u0432\u0456\u0434\u043f\u0440\u0430\u0432\u0438\u043b\u0438 \u0457\u0457.', 'Yes']),
    (in_('uk'), ['\u0421\u043f\u0430\u0441\u0438\u0431\u043e \u0437\u0430 \u0432\u0430\u0448\u0443 \u043f\u043e\u043a\u0443\u043f\u043a\u0443, \u043c\u044b \u0443\u0436\u0435 \u0435\u0451 \u043e\u0442\u043f\u0440\u0430\u0432\u0438\u043b\u0438.']),
    (in_('nl'), ['Ihr Paket kommt morgen an.']),
    (in_('pt'), ['Gracias por su compra, se\xf1or.']),
    (in_('sv'), ['Your parcel arrives tomorrow.']),
    (in_('da'), ['Ditt paket kommer imorgon och det \xe4r bra.']),
    (in_('it'), ['Yes, of course.', 'Gracias']), (in_('ar'), ['Yes']),
    (in_('hi'), ['Yes, of course.']),
]  # fmt: skip


def metric_of(fields: dict[str, Any]) -> Metric:
    return load_metric(MetricSpec.model_validate(fields))


def missed(rows: list[Row], score: int) -> list[tuple[dict[str, Any], str]]:
    """Return the rows that do not get a score, or less leniently than strictly."""
    found = []
    for fields, answers in rows:
        metric = metric_of(fields)
        for answer in answers:
            given = metric.score(answer, [""])
            if given != score or given > metric.lenient(answer, [""]):
                found.append((fields, answer))
    return found


def test_what_has_the_form_in_real_life_is_right() -> None:
    assert missed(RIGHT, 1) == []


def test_what_only_looks_like_the_form_is_wrong() -> None:
    assert missed(WRONG, 0) == []


def test_code_that_people_write_parses() -> None:
    assert missed(RIGHT_CODE, 1) == []


def test_prose_that_a_grammar_would_take_is_no_code() -> None:
    assert missed(WRONG_CODE, 0) == []


def test_short_answers_are_in_the_language_that_people_would_say() -> None:
    assert missed(RIGHT_LANGUAGES, 1) == []


def test_answers_that_are_or_begin_in_another_language_are_wrong() -> None:
    assert missed(WRONG_LANGUAGES, 0) == []


def test_an_answer_is_unknown_while_its_quotation_is_open() -> None:
    whole = [
        ("de", '"The weather is nice today. It is warm." ist ein Zitat aus dem Buch von Anna.'),
        (
            "en",
            "The sign says „Bitte nicht rauchen. Das ist verboten in diesem Haus.“ and it is red.",
        ),
        ("de", "```\nthe weather is nice today and warm. It rains\n```\nDas ist der Text."),
        ("de", "Der Befehl `git commit -m 'the weather is fine. So it is'` speichert alles."),
    ]

    for language, answer in whole:
        metric = metric_of(in_(language))
        assert metric.score(answer, [""]) == 1, answer
        for at in range(0, len(answer), 3):
            assert metric.could_still_be_right(answer[:at], [""]), answer[:at]
