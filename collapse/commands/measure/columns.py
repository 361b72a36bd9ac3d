"""The roles of the columns of a file: answer, prompt, model, class and score."""

from collapse.files.answers import Columns

__all__ = ["Columns"]
