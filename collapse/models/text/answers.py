"""Answers in words: a conditional table whose items are token rows, with a fixed error rate."""

from typing import final

import numpy as np

from collapse.items import Items
from collapse.models.text.conditional import AnswerTable
from collapse.part import Numbers, array, register


@register("answers", "answers to prompts as text, with a fixed error rate")
@final
class Answers(AnswerTable):
    """p(answer | prompt) where every answer is spelled out as tokens, so that judges of text can
    score it.

    Items are token rows (n, L): the prompt's token, the answer's own token, its words, then 0. A
    fitted model gives a wrong answer with probability ``slip``, one of ``slips`` (C, K), whatever
    its data: a base rate of errors, which a judge can filter but training cannot remove.

    Fields: p (C, K); prompt (C,); slips (C, K), rows that sum to 1; spelling (C, K, L).
    """

    slips: Numbers = array(0)
    slip: Numbers
    spelling: Numbers = array(0)

    def gives(self):
        prompts, answers, length = self.spelling.shape
        sizes = {"length": length, "vocab_size": int(np.max(self.spelling)) + 1}
        return Items("answers", sizes | {"prompts": prompts, "answers": answers})

    def pairs(self, rows):
        prompts = self.p.shape[0]
        return rows[:, 0] - 1, rows[:, 1] - 1 - prompts

    def items(self, prompt, answer):
        return self.spelling[prompt, answer]

    def learned(self, share):
        return (1 - self.slip) * share + self.slip * self.slips

    def validate(self):
        errors = super().validate()
        if not errors and self.slips.shape != self.p.shape:
            errors.append("Answers needs slips of the shape of p, (C, K).")
        if not 0 <= float(self.slip) < 1:
            errors.append(f"Answers slip must lie in [0, 1), not {float(self.slip):g}.")
        if not errors and self.spelling.shape[:2] != self.p.shape:
            errors.append("Answers needs spelling of shape (C, K, L).")
        return errors


def spelt(
    prompts: int, answers: int, words: int, between: tuple[int, int], seed: int
) -> np.ndarray:
    """(C, K, 2 + longest) token rows: the prompt's number from 1, the answer's from C + 1, and
    between shortest and longest (``between``) of ``words`` words, numbered from C + K + 2, without
    immediate repetition; a fixed function of ``seed``. Number C + K + 1 is left free for another
    word."""
    rng = np.random.default_rng(seed)
    first, (shortest, longest) = 2 + prompts + answers, between
    spelling = np.zeros((prompts, answers, 2 + longest), np.int32)
    spelling[:, :, 0] = 1 + np.arange(prompts)[:, None]
    spelling[:, :, 1] = 1 + prompts + np.arange(answers)
    for row in spelling.reshape(-1, 2 + longest):
        length = rng.integers(shortest, longest + 1)
        row[2 : 2 + length] = first + np.cumsum(rng.integers(1, words, length)) % words
    return spelling
