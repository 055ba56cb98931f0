"""Answers of real life: each is right or wrong to whoever reads it, by the metric that fits."""

import pytest

from ladder.scoring import load_metric
from ladder.scoring.metric import Metric
from ladder.spec.metric_spec import MetricSpec

ABCD, YES_NO, SI_NO, TRUE_FALSE = tuple("ABCD"), ("yes", "no"), ("Sí", "No"), ("True", "False")
TONES, RELATIONS = ("positive", "negative", "neutral"), ("entailment", "contradiction", "neutral")

RIGHT_CHOICES = [
    (ABCD, 'B', 'B'), (ABCD, 'The answer is (B).', 'B'), (ABCD, '(b)', 'B'), (ABCD, 'B) 4', 'B'),
    (ABCD, 'Answer: **B**', 'B'), (ABCD, '**Answer:** B. Paris', 'B'),
    (ABCD, 'I believe the correct answer is option B, since A is too small.', 'B'),
    (ABCD, '$\\boxed{\\textbf{(B)}}$', 'B'), (ABCD, 'Correct: B', 'B'), (ABCD, "It's B", 'B'),
    (ABCD, 'Bは正解です', 'B'), (ABCD, '正确答案是 B', 'B'), (ABCD, 'La bonne réponse est la B.', 'B'),
    (ABCD, 'La respuesta correcta es la opción B.', 'B'), (ABCD, 'B — because it moves', 'B'),
    (ABCD, 'Choice B', 'B'), (ABCD, '[B]', 'B'), (ABCD, '{"answer": "B"}', 'B'),
    (ABCD, '<answer>B</answer>', 'B'), (ABCD, 'Ответ: B', 'B'),
    (TONES, 'The review is clearly positive.', 'positive'),
    (TONES, 'Sentiment: POSITIVE', 'positive'), (TONES, 'positive sentiment', 'positive'),
    (TONES, 'This is a negative review.', 'negative'),
    (TONES, "I'd classify this as neutral", 'neutral'), (TONES, 'Positive 😊', 'positive'),
    (TONES, 'not negative but positive', 'positive'), (YES_NO, 'Yes', 'yes'),
    (YES_NO, 'Yes.', 'yes'), (YES_NO, 'No, it does not.', 'no'), (YES_NO, 'Answer: no', 'no'),
    (RELATIONS, 'The premise entails the hypothesis, so: entailment', 'entailment'),
    (RELATIONS, 'Contradiction. The man cannot be asleep.', 'contradiction'),
    (ABCD, '**B**: Paris', 'B'), (ABCD, 'B: Paris', 'B'), (ABCD, '(B) Paris is the capital', 'B'),
    (ABCD, 'Answer is B', 'B'), (ABCD, 'Ans: B', 'B'), (ABCD, 'ans. (B)', 'B'),
    (ABCD, 'B\n\nExplanation: A is wrong because…', 'B'),
    (ABCD, 'A is incorrect, C is incorrect, D is incorrect. Therefore B.', 'B'),
    (ABCD, "I'd say B.", 'B'), (ABCD, 'My answer: **B.**', 'B'), (ABCD, 'choice (b)', 'B'),
    (ABCD, 'The answer should be B', 'B'), (ABCD, 'The answer would be B.', 'B'),
    (ABCD, 'The correct answer must be B', 'B'), (ABCD, 'So B is correct', 'B'),
    (ABCD, 'B is the correct answer', 'B'), (ABCD, 'I choose (B)', 'B'),
    (ABCD, 'Final Answer: (B)', 'B'), (ABCD, 'The final answer is $\\boxed{B}$', 'B'),
    (ABCD, '**Correct answer:** B', 'B'), (ABCD, '✅ B', 'B'), (ABCD, 'Answer:\nB', 'B'),
    (ABCD, 'B, because', 'B'), (ABCD, 'Lösung: B', 'B'), (ABCD, 'Richtig ist B.', 'B'),
    (ABCD, 'Antwort B ist richtig.', 'B'), (ABCD, "C'est la réponse B.", 'B'),
    (ABCD, 'La correcta es la B', 'B'), (ABCD, '選択肢Bです', 'B'), (ABCD, 'B가 정답입니다.', 'B'),
    (ABCD, '选B', 'B'), (ABCD, '应该选择B。', 'B'), (SI_NO, 'Sí, es correcto.', 'Sí'),
    (SI_NO, 'La respuesta es sí.', 'Sí'), (SI_NO, 'Respuesta: Sí', 'Sí'), (SI_NO, '**Sí**', 'Sí'),
    (SI_NO, 'SÍ', 'Sí'), (SI_NO, 'sí.', 'Sí'), (SI_NO, 'Por supuesto que sí.', 'Sí'),
    (SI_NO, 'No, no es verdad.', 'No'), (TRUE_FALSE, 'True, because …', 'True'),
    (TRUE_FALSE, 'It is True.', 'True'), (TRUE_FALSE, 'The answer is: False', 'False'),
    (TRUE_FALSE, 'FALSE', 'False'), (TRUE_FALSE, 'false.', 'False'),
    (TRUE_FALSE, 'Verdict: `True`', 'True'),
    (TONES, 'The sentiment of this review is: Positive.', 'positive'),
    (TONES, "It's a mixed, so neutral, review.", 'neutral'),
    (TONES, 'I would label it negative since the food was cold.', 'negative'),
    (TONES, "Label: 'positive'", 'positive'), (TONES, 'positive (0.98)', 'positive'),
    (TONES, 'Overall: positive. The negative remarks are minor.', 'positive'),
    (TONES, 'positiv', 'positive'),
]  # fmt: skip
WRONG_CHOICES = [
    (ABCD, 'A', 'B'), (ABCD, 'The answer is A, not B.', 'B'),
    (ABCD, 'B is wrong; the answer is C', 'B'), (ABCD, 'None of A, B, C or D', 'B'),
    (ABCD, 'Be careful', 'B'), (ABCD, 'I cannot answer', 'A'), (ABCD, 'A good question!', 'A'),
    (ABCD, 'D. B was tempting but incorrect', 'B'), (ABCD, 'E', 'B'), (ABCD, 'Vitamin B', 'A'),
    (TONES, 'not positive', 'positive'), (TONES, 'negative', 'positive'),
    (TONES, "It isn't positive at all", 'positive'), (TONES, 'far from positive', 'positive'),
    (TONES, 'The review lacks anything positive; negative.', 'positive'),
    (TONES, 'unknown', 'positive'), (TONES, 'positive, negative, neutral', 'positive'),
    (YES_NO, 'no', 'yes'), (YES_NO, "I don't know", 'no'), (YES_NO, 'No idea', 'no'),
    (YES_NO, 'Not sure', 'no'), (YES_NO, 'Yesterday', 'yes'), (YES_NO, 'noon', 'no'),
    (RELATIONS, 'neutral', 'entailment'), (RELATIONS, 'There is no entailment', 'entailment'),
    (YES_NO, 'I know nothing about it', 'no'), (YES_NO, 'It would be hard to say yes', 'yes'),
    (ABCD, 'The answer is not B.', 'B'), (ABCD, 'B? No, C.', 'B'),
    (ABCD, "Definitely not B, it's D", 'B'), (ABCD, 'Anything but B', 'B'),
    (ABCD, 'A and B are both wrong; C', 'B'), (ABCD, 'Eliminate B. Choose D.', 'B'),
    (ABCD, 'C (B is a distractor)', 'B'), (YES_NO, "No, it isn't", 'yes'),
    (YES_NO, 'Certainly not', 'yes'), (TRUE_FALSE, 'Not true', 'True'),
    (TRUE_FALSE, "That's false", 'True'), (TRUE_FALSE, 'It is untrue', 'True'),
    (('correct', 'incorrect'), 'incorrect', 'correct'),
    (('correct', 'incorrect'), 'It is incorrect.', 'correct'), (TONES, 'nonpositive', 'positive'),
    (SI_NO, 'No lo sé', 'No'), (SI_NO, 'No estoy seguro', 'No'), (SI_NO, 'Si', 'No'),
    (('Sim', 'Não'), 'não sei', 'Não'), (('Oui', 'Non'), 'Je ne sais pas', 'Non'),
    (('是', '否'), '不确定', '否'), (('はい', 'いいえ'), 'わかりません', 'いいえ'), (('Oui', 'Non'), 'Sinon', 'Non'),
    (('Oui', 'Non'), 'Nonetheless it is unclear', 'Non'), (('Ja', 'Nein'), 'Jawohl? Nein!', 'Ja'),
    (('Oui', 'Non'), 'ouistiti', 'Oui'),
]  # fmt: skip
RIGHT = {
    "exact_match": [
        ('**Paris**', 'Paris'), ('Paris\n', 'Paris'), ('`SELECT 1;`', 'SELECT 1;'),
        ('```sql\nSELECT 1;\n```', 'SELECT 1;'), ('```python\nprint(1)\n```', 'print(1)'),
        ('\\text{Paris}', 'Paris'), ('东京。', '东京'), ('Person@Example.com', 'person@example.com'),
        ('> Paris', 'Paris'), ('- Paris', 'Paris'), ('* Paris', 'Paris'), ('"Paris."', 'Paris'),
        ('PARIS', 'Paris'), ('Pa\xadris', 'Paris'), ('Oui.', 'Oui'), ('oui', 'Oui'), ('true', 'True'),
        ('Yes.', 'yes'), ('Sì.', 'Sì'), ('İzmir', 'Izmir'),
    ],
    "numeric": [
        ('The final answer is $\\boxed{42}$.', '42'), ('\\[ x = 42 \\]', '42'), ('x = 42', '42'),
        ('$x=\\frac{7}{2}$', '3.5'), ('Therefore, the answer is:\n\n**42**', '42'),
        ('Total: $42.00', '42'), ('= 42', '42'), ('42 (forty-two)', '42'), ('forty-two (42)', '42'),
        ('42.0', '42'), ('042', '42'), ('four hundred twenty', '420'),
        ('one thousand two hundred', '1200'), ('42 km/h', '42'), ('-42°C', '-42'),
        ('The temperature is minus 42 degrees.', '-42'), ('zweiundvierzig', '42'),
        ('quarante-deux', '42'), ('cuarenta y dos', '42'), ('四十二', '42'), ('1.5e3', '1500'),
        ('3:1', '3:1'), ('25 percent', '25%'), ('75 cents', '$0.75'),
        ("Let's see. 10 + 32 = 42. So she has 42 marbles in total.", '42'),
        ('Step 1: 10\nStep 2: 32\nAnswer: 42 marbles', '42'), ('42 ✅', '42'),
        ('Answer = 42 cm', '42'), ('Between 2010 and 2020 it grew by 42.', '42'),
        ('```\n42\n```', '42'), ('| total | 42 |', '42'), ('The answer is **42**.', '42'),
        ('Answer: 42.', '42'), ('The total cost is $42.', '42'), ('$42$', '42'), ('$$\n42\n$$', '42'),
        ('\\(42\\)', '42'), ('The result is \\(\\dfrac{21}{2}\\).', '10.5'), ('≈ 3.14', '3.14'),
        ('3,14', '3.14'), ('1 234,5', '1234.5'), ('12.345.678', '12345678'), ("12'345", '12345'),
        ('USD 1,234.50', '$1234.5'), ('1234.50 dollars', '$1,234.50'), ('US$ 5', '$5'),
        ('5 bucks', '5'), ('3 h', '180 min'), ('0.5 hours', '30 minutes'),
        ('1 hr 30 min', '90 minutes'), ("90'", '90 minutes'), ('1h30m', '90 minutes'),
        ('1 day', '24 hours'), ('2 weeks', '14 days'), ('2 years', '24 months'), ('1.5 kg', '1500 g'),
        ('1,500 g', '1.5 kg'), ('25 mi', '25 miles'), ('98.6°F', '98.6 °F'), ("5'", '5'),
        ('20 mph', '20 miles per hour'), ('20 km/h', '20 kilometers per hour'), ('10 sq m', '10 m²'),
        ('10 square meters', '10 m²'), ('10 m^2', '10 m²'), ('5 L', '5000 mL'), ('٤٢', '42'),
        ('42円', '42'), ('¥42', '42'), ('42元', '42'), ('共42个苹果', '42'), ('合計は42です。', '42'),
        ('총 42개입니다.', '42'), ('Es sind also 42.', '42'), ('Il y a 42 pommes.', '42'),
        ('Hay 42 manzanas.', '42'), ('Итого 42 яблока.', '42'), ('कुल 42 सेब।', '42'),
        ('المجموع ٤٢ تفاحة.', '42'), ('So, she has 42 left!', '42'),
        ('42 is the total number of apples.', '42'), ('She pays 42 dollars in total.', '42'),
        ('Total = 10 + 32 = **42** apples', '42'),
        ('1. 10+2=12\n2. 12+30=42\n\nSo the answer is 42.', '42'),
        ('First: 10.\nThen: 32.\n\n**Final answer: 42**', '42'), ('<<10+32=42>>42\n#### 42', '42'),
        ('The answer: forty-two', '42'), ('Q3 revenue was $42', '42'), ('-0.5', '-1/2'),
        ('−1/2', '-0.5'), ('2.0e2', '200'), ('2*10^2', '200'), ('10^-3', '0.001'), ('1e-3', '0.001'),
        ('1st', '1'), ('the 21st century', '21'), ('Chapter 7', '7'), ('50 cents', '$0.50'),
        ('2.5 thousand', '2500'), ('1.5 lakh', '150000'), ('5.2e6', '5.2 million'),
        ('5,2 Mio. €', '5.2 million'), ('$1.2bn', '1.2 billion'), ('£1.2m', '1.2 million'),
        ('€5m', '5 million'), ('tres', '3'), ('drei', '3'), ('trois', '3'), ('três', '3'), ('三', '3'),
        ('百二十', '120'), ('一千二百', '1200'), ('两万', '20000'), ('0', 'zero'), ('zero', '0'),
        ('2024', '2024'), ('in the year 1969', '1969'), ('July 20, 1969', '20 July 1969'),
        ('1969-07-20T20:17', '1969-07-20 20:17'), ('8pm', '20:00'), ('8 p.m.', '20:00'),
        ('20 Uhr', '20:00'),
    ],
    "json_equal": [
        ('{"a":1}', '{"a": 1}'), ('```json\n{"a": 1}\n```', '{"a": 1}'), ('{"a": 1.0}', '{"a": 1}'),
        ('{"name": "Zu\\u0308rich"}', '{"name": "Zürich"}'),
    ],
    "contains": [
        ('It is in São Paulo, Brazil.', 'São Paulo'), ('Born on 5 March 2024', '5 March 2024'),
        ("It's **New** *York*", 'New York'), ('new york', 'New York'),
    ],
    "f1": [
        ('Paris', 'Paris'), ('The Paris', 'Paris'), ('paris.', 'Paris'), ('东京', '东京'),
        ('  Paris ', 'the Paris'),
    ],
}  # fmt: skip
RIGHT_LENIENTLY = {
    "exact_match": [
        ('Answer: Paris', 'Paris'), ('The capital of France is Paris.', 'Paris'),
        ('« Paris »', 'Paris'), ('Final answer: **New York City**', 'New York City'),
        ('<b>Paris</b>', 'Paris'), ('Paris (France)', 'Paris'), ('2024-03-05', 'March 5, 2024'),
        ('5 March 2024', '2024-03-05'), ('05/03/2024', '2024-03-05'),
        ('March 5th, 2024', 'March 5, 2024'), ('5. März 2024', '2024-03-05'),
        ('le 5 mars 2024', '5 March 2024'), ('Tuesday, March 5, 2024', '2024-03-05'),
        ('3:30 PM', '15:30'), ('at half past three: 3:30 pm', '3:30 PM'),
        ('apples, pears and plums', 'apples, pears, plums'),
        ('1. apples\n2. pears\n3. plums', 'apples, pears, plums'),
        ('apples; pears; plums', 'apples, pears, plums'), ("['apples', 'pears']", 'apples, pears'),
        ('["apples", "pears"]', 'apples, pears'), ('- **apples**\n- **pears**', 'apples\npears'),
        ('apples | pears', 'apples, pears'),
        ('Dr. Martin Luther King, Jr.', 'Martin Luther King Jr.'), ('O’Brien', "O'Brien"),
        ('U.S.A.', 'USA'), ('co-operate', 'cooperate'), ('e-mail', 'email'),
        ('Mr Smith', 'Mr. Smith'), ('the United States', 'United States'), ('Beatles', 'The Beatles'),
        ('答案：东京', '东京'), ('「東京」です。', '東京'), ('정답은 서울입니다.', '서울'), ('Ответ: Москва.', 'Москва'),
        ('الجواب هو القاهرة.', 'القاهرة'), ('उत्तर: दिल्ली।', 'दिल्ली'),
        ('คำตอบ: กรุงเทพ', 'กรุงเทพ'), ('+49 30 123456', '+4930123456'),
        ('(030) 123456', '030 123456'), ('mailto:person@example.com', 'person@example.com'),
        ('x = 5', 'x=5'), ('x=5', 'x = 5'), ('f(x) = 2x + 1', 'f(x)=2x+1'), ('(3, 4)', '(3,4)'),
        ('[1, 2, 3]', '[1,2,3]'), ('1,2,3', '1, 2, 3'), ('100%', '100 %'), ('5kg', '5 kg'),
        ('€5', '5 €'), ('$1,000', '1000 dollars'), ('Sure! The answer is Paris.', 'Paris'),
        ('Paris is the capital of France.', 'Paris'), ('Paris 😊', 'Paris'), ('Paris…', 'Paris'),
        ('Paris;', 'Paris'), ('Paris!', 'Paris'), ('Köln', 'Koeln'), ('naive', 'naïve'),
        ('Zoe', 'Zoë'), ('Besançon', 'Besancon'), ('Curaçao', 'Curacao'), ('Gödel', 'Godel'),
        ('Gödel', 'Goedel'), ('smörgåsbord', 'smorgasbord'), ('Brønsted', 'Broensted'),
        ('Nguyễn', 'Nguyen'), ('Škoda', 'Skoda'), ('piñata', 'pinata'), ('القُرْآن', 'القران'),
        ('مُحَمَّد', 'محمد'), ('العـــربية', 'العربية'), ('C₆H₁₂O₆', 'C6H12O6'),
        ('C6H12O6', 'C₆H₁₂O₆'), ('Na⁺', 'Na+'), ('SO4^2-', 'SO₄²⁻'), ('SO₄²⁻', 'SO4^{2-}'),
        ('E=mc^2', 'E = mc²'), ('E = mc²', 'E=mc^2'), ('a² + b² = c²', 'a^2 + b^2 = c^2'),
        ('10⁻³', '10^-3'), ('10^{-3}', '10⁻³'), ('½ cup', '1/2 cup'),
        ('http://www.example.com/index.html', 'www.example.com/index.html'),
        ('https://example.com/path/?a=1', 'https://example.com/path?a=1'),
        ('https://example.com/#top', 'https://example.com#top'),
        ('The link is https://example.com', 'https://example.com/'),
        ('`https://example.com/a/`', 'https://example.com/a'),
        ('**https://example.com/a/**', 'https://example.com/a'), ('1,234,567', '1234567'),
        ('five', '5'), ('5', 'five'), ('2h30', '2 hours 30 minutes'),
        ('150 minutes', '2 hours 30 minutes'), ('$1.50', '150 cents'), ('1.2M', '1.2 million'),
        ('42 kilometres', '42 km'), ('Jan 5, 2020', 'January 5th, 2020'),
        ('2020/01/05', '2020-01-05'), ('05.01.2020', 'January 5, 2020'),
        ('the 5th of January 2020', 'January 5, 2020'), ('January 2020', '2020-01'),
    ],
    "numeric": [
        ('0.25', '25%'), ('1/4', '25%'), ('There were 42 (i.e. 6 times 7) of them.', '42'),
        ('It was 42 in 1999.', '42'), ('42, as computed in step 3.', '42'),
        ('She has 42 - that is 2 more than 40.', '42'), ('half an hour', '30 minutes'),
        ('an hour and a half', '90 minutes'), ('1:30', '90 minutes'), ('1/3', '0.3333'),
        ('33.3%', '1/3'), ('2/3', '0.667'), ("It's a tie at 42-42", '42-42'),
        ('fifty cents', '$0.50'), ('five dollars', '$5'), ('two million', '2000000'),
        ('20h', '20:00'),
    ],
    "json_equal": [
        ('Here you go: {"a": 1}', '{"a": 1}'), ('[{"a": 1}]', '{"a": 1}'),
        ('{"a": 1} // done', '{"a": 1}'),
    ],
    "f1": [
        ('It is Paris.', 'Paris'),
    ],
}  # fmt: skip
WRONG = {
    "exact_match": [
        ('London', 'Paris'), ('Parisian', 'Paris'), ('Comparison', 'Paris'),
        ("I don't know", 'Paris'), ('It is not Paris.', 'Paris'), ('Lyon, not Paris', 'Paris'),
        ('New Jersey', 'New York'), ('York', 'New York'), ('2024-03-06', 'March 5, 2024'),
        ('05/04/2024', '2024-03-05'), ('March 2024', '2024-03-05'), ('2024', '2024-03-05'),
        ('apples, pears', 'apples, pears, plums'), ('pears, apples', 'apples, pears'), ('421', '42'),
        ('4.2', '42'), ('-42', '42'), ('42a', '42'), ('42%', '0.42%'), ('1,042', '42'),
        ('x = -5', 'x = 5'), ('SELECT 2;', 'SELECT 1;'), ('print(10)', 'print(1)'),
        ('a < b', 'a > b'), ('!=', '=='), ('C', 'C++'), ('Java', 'JavaScript'), ('京都', '東京'),
        ('サン', 'サンフランシスコ'), ('unhappy', 'happy'), ('person@example.org', 'person@example.com'),
        ('+49 30 123457', '+49 30 123456'), ('v1.2.30', 'v1.2.3'), ('192.168.0.10', '192.168.0.1'),
        ('3:45 PM', '3:45 AM'), ('Q4', 'Q3'), ('Queen', 'King'), ('Pariser Platz', 'Paris'),
        ('Muenster', 'München'), ('Sao Tome', 'São Paulo'), ('CO3', 'CO₂'), ('H₂O₂', 'H₂O'),
        ('H2O2', 'H2O'), ('CH4', 'CH₃'), ('x²', 'x³'), ('10^-3', '10^-2'), ('10^3', '10^-3'),
        ('Na', 'Na+'), ('https://example.com/c', 'https://example.com/b/'),
        ('http://example.net', 'https://example.com'),
        ('https://sub.example.com', 'https://example.com'), ('Not Paris', 'Paris'),
        ('No es París', 'París'), ('rather London than Berlin', 'Paris'), ('6', 'five'),
        ('151 minutes', '2 hours 30 minutes'), ('1.2B', '1.2 million'),
        ('2020-01-06', 'January 5, 2020'), ('05.01.2021', 'January 5, 2020'), ('The Who', 'The Hu'),
        ('a', 'an'), ('Mali', 'Malí Losinj'), ('كلب', 'قلب'), ('عالم', 'علم'), ('ΔG', 'ΔH'),
    ],
    "numeric": [
        ('41', '42'), ('-42', '42'), ('4.2', '42'), ('420', '42'), ('1/42', '42'), ('42/7', '42'),
        ('10:42', '42'), ('I cannot compute that.', '42'), ('The answer is not 42, it is 43.', '42'),
        ('42 km', '42 miles'), ('42 kg', '42 g'), ('42 thousand', '42'), ('42k', '42'), ('4,2', '42'),
        ('42-50', '42'), ('somewhere between 40 and 44', '42'), ('3 times as many as 42', '126'),
        ('42²', '42'), ('√42', '42'), ('42x', '42'), ('A42', '42'), ('v4.2', '4.2'),
        ('42 million', '42 billion'), ('$42', '€42'), ('one', '2'), ('twenty-one', '1'),
        ('zweiundvierzig', '43'), ('0', '42'), ('two and a half', '2'), ('+41', '42'), ('42:1', '42'),
        ('almost nothing', '0'), ('10^42', '42'), ('1e42', '42'), ('The answer is 43.', '42'),
        ("It's 420.", '42'), ('not 42 but 43', '42'),
        ('There are 42 in step 1, so the answer is 84.', '3'), ('$150', '150 cents'),
        ('1.5 cents', '$1.50'), ('1h30', '130 minutes'), ('30 min 2 h', '32 min'),
        ('2 days', '2 hours'), ('1.2M', '12 million'), ('1.2K', '1.2M'), ('5 kg', '5 g'),
        ('5 GB', '5 MB'), ('5%', '5‰'), ('3/4', '4/3'), ('2/4', '2/3'), ('3-4', '34'), ('3.5', '35'),
        ('1969', '1970'), ('8pm', '8:00'), ('May 2020', 'June 2020'), ('drei', '4'), ('quatre', '14'),
        ('twenty', '20.5'), ('5 thousand', '5 million'), ('m', '1000000'), ('B', '2'),
        ('less than 1', '1'), ('fewer than a dozen', '12'), ('2^42', '42'),
    ],
    "json_equal": [
        ('{"a": 2}', '{"a": 1}'), ('{"b": 1}', '{"a": 1}'), ('{"a": 1, "b": 2}', '{"a": 1}'),
        ('[1, 2]', '[2, 1]'), ('{"a": null}', '{"a": 0}'), ('{"a": true}', '{"a": 1}'),
        ('{}', '{"a": 1}'), ('{"a": "x"}', '{"a": "y"}'), ('not json', '{"a": 1}'),
        ('[{"a": 1}, {"a": 2}]', '{"a": 3}'), ('{"a": "Muenchen"}', '{"a": "München"}'),
        ('{"price": 1}', '{"price": 1.5}'),
    ],
    "contains": [
        ('Comparison', 'Paris'), ('622.5 boxes', '622'), ('Newcastle', 'New'), ('Niger', 'Nigeria'),
        ('Nigeria', 'Niger'), ('1942', '42'), ('H2O2', 'H2O'),
        ('https://example.com/ab', 'https://example.com/a'), ('1.2M people', '1.2'),
        ('12 km²', '12 km'),
    ],
    "f1": [
        ('London', 'Paris'), ('', 'Paris'), ('the', 'a cat'), ('Pari', 'Paris'),
    ],
}  # fmt: skip


def rows(table: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    """Return each answer with the name of its metric and its target."""
    return [(name, answer, target) for name, pairs in table.items() for answer, target in pairs]


def metric_of(name: str) -> Metric:
    """Return a metric that reads strictly."""
    return load_metric(MetricSpec.model_validate({"name": name}))


@pytest.mark.parametrize(("name", "answer", "target"), rows(RIGHT))
def test_a_right_answer_is_right_by_both_readings(name: str, answer: str, target: str) -> None:
    assert metric_of(name).score(answer, [target]) == 1
    assert metric_of(name).lenient(answer, [target]) == 1


@pytest.mark.parametrize(("name", "answer", "target"), rows(RIGHT_LENIENTLY))
def test_a_right_answer_in_another_form_is_right_by_the_lenient_reading(
    name: str, answer: str, target: str
) -> None:
    assert metric_of(name).score(answer, [target]) < 1
    assert metric_of(name).lenient(answer, [target]) == 1


@pytest.mark.parametrize(("name", "answer", "target"), rows(WRONG))
def test_a_wrong_answer_is_wrong_by_both_readings(name: str, answer: str, target: str) -> None:
    assert metric_of(name).score(answer, [target]) < 1
    assert metric_of(name).lenient(answer, [target]) < 1


@pytest.mark.parametrize(("labels", "answer", "target"), RIGHT_CHOICES)
def test_the_label_that_a_reader_sees_is_right(
    labels: tuple[str, ...], answer: str, target: str
) -> None:
    metric = load_metric(MetricSpec(name="choice", labels=labels))

    assert metric.score(answer, [target]) == metric.lenient(answer, [target]) == 1


@pytest.mark.parametrize(("labels", "answer", "target"), WRONG_CHOICES)
def test_a_label_that_a_reader_does_not_see_is_wrong(
    labels: tuple[str, ...], answer: str, target: str
) -> None:
    metric = load_metric(MetricSpec(name="choice", labels=labels))

    assert metric.score(answer, [target]) == metric.lenient(answer, [target]) == 0
