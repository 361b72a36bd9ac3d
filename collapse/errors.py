"""The user's mistakes, as sentences. The command line prints them and exits with code 2."""


class Mistake(ValueError):
    """Things the user can put right, each a sentence: what is wrong, where, what to do."""

    def __init__(self, *sentences: str):
        self.sentences = list(sentences)
        super().__init__("\n".join(self.sentences))
