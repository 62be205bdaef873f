import numpy as np
import pytest
import torch

from clipmat.config import preset
from clipmat.errors import BadInputError
from clipmat.model.prompts import TEMPLATES, Prompter, build_prompter


def prompter(setting, **changes):
    return build_prompter(preset("tiny", setting, {"model": changes}).model, 77)


START, END = 49406, 49407


def test_lengths_are_the_papers():
    assert prompter("keyword").ids(["cat"]).shape == (1, 14)
    assert prompter("expression").ids(["the cat"]).shape == (1, 69)


def test_a_keyword_gets_a_template_and_an_expression_none():
    keyword, expression = prompter("keyword"), prompter("expression")
    said = keyword.tokenizer(["a photo of a cat"], context_length=14)
    assert keyword.ids(["cat"]).equal(said)
    assert expression.ids(["cat"])[0, :3].tolist() == [START, 2368, END]
    rng = np.random.default_rng(0)
    drawn = {tuple(keyword.ids(["cat"], rng)[0].tolist()) for _ in range(200)}
    assert len(drawn) == len(TEMPLATES) == 9
    plain = prompter("keyword", pre_context=False)
    assert plain.ids(["cat"], rng)[0, :3].tolist() == [START, 2368, END]


def test_a_long_text_is_cut_and_keeps_its_end():
    said = prompter("expression")
    long = "the red cat " * 100
    ids = said.ids([long])[0].tolist()
    assert len(ids) == 69 and ids[0] == START and ids[-1] == END
    assert said.is_cut(long) and not said.is_cut("the red cat")
    keyword = prompter("keyword")  # its template takes four of the fourteen
    assert keyword.is_cut("cat " * 9) and not keyword.is_cut("cat " * 8)
    assert not prompter("keyword", pre_context=False).is_cut("cat " * 9)


def test_padding_is_no_text_whatever_its_id():
    def one_a_word(texts, context_length):
        rows = [[2 + len(word) for word in text.split()] for text in texts]
        return torch.tensor([(row + [1] * context_length)[:context_length] for row in rows])

    said = Prompter(one_a_word, length=6, templates=False)
    assert said.is_cut("one two three four five six seven") and not said.is_cut("the red cat")


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_phrase_is_refused(text):
    with pytest.raises(BadInputError, match="empty"):
        prompter("expression").ids(["the cat", text])
