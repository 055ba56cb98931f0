"""The words that announce an answer in many languages, for labels and for numbers alike."""

ANSWER_NOUNS = (
    "answer|ans|solution|result|antwort|ergebnis|lösung|réponse|résultat|respuesta|resultado|risposta"
    "|risultato|resposta|antwoord|uitkomst|svar|resultat|odpowiedź|wynik|ответ|результат|cevap|sonuç"
    "|jawaban|đáp án|उत्तर|जवाब|الجواب|الإجابة|התשובה"
)
"""Alternatives of a pattern: what an answer is called where words have gaps."""

GAPLESS_NOUNS = "答案|结果|結果|答え|正解|정답|답"
"""The same where they have none."""

IS = r"(?<!\w)(?:is|are|be|ist|lautet|est|es|è|é|är|jest|هو|هي|है)(?!\w)"
"""A verb between the noun and the answer."""

GAPLESS_IS = "是|为|為|は|은|는"
