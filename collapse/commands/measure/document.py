"""A measurement as a document: corpora, their differences and similarity, reference, verdict."""

from collections.abc import Callable

from collapse.commands.measure import comparison
from collapse.commands.measure.bootstrap import RESAMPLES
from collapse.commands.measure.checks import Checks
from collapse.commands.measure.classes import by_classes, prompt_by_prompt
from collapse.commands.measure.corpus_measures import at, by_prompt, counts_of, measure
from collapse.commands.measure.differences import differences
from collapse.commands.measure.embedding import OWN, Embedder, embeddings
from collapse.commands.measure.gates import check
from collapse.commands.measure.models import model_map, notes as model_notes
from collapse.commands.measure.power import power
from collapse.commands.measure.reference import compare
from collapse.commands.measure.sameness import notes as sameness_notes, parts, sameness
from collapse.commands.measure.similarity import ALL, similarities
from collapse.commands.measure.spelling import notes as spelling_notes, quotes
from collapse.commands.measure.tally import Corpus, Tally
from collapse.commands.measure.verdict import deciding, numbered, ordered, verdict
from collapse.commands.measure.words import Words
from collapse.errors import UserError, attempt
from collapse.suggest import listed

LENGTHS = 1.5  # ratio of the lengths of answers, above which a note says so
SIZES = 1.1  # ratio of the numbers of answers, above which a note says so
TIMES = "answers_a_prompt"
INTERVALS = (
    f"95 %, bootstrap with {RESAMPLES} resamples and a fixed seed, over answers or over "
    "prompts, as each corpus says (intervals_over)"
)


def measurement(
    tally: Tally,
    reference: Corpus | None,
    embedder: Embedder,
    report: Callable[[str], None],
    classes: str | None = None,
    right: str | None = None,
    options: int | None = None,
    checks: Checks | None = None,
) -> dict:
    """The body of the document, by the names of docs/measure.md. ``report`` gets a word of
    progress; ``classes`` and ``right`` are the columns of the classes and of right answers, if they
    are read; ``options`` is the number of answers to choose from. Raises ``UserError`` if the
    ``checks`` ask for what the answers do not have."""
    checks = checks or Checks()
    texts, corpora = list(tally.texts), tally.corpora()
    words = Words(texts, tally.spelling.segmenter)
    found: dict = {"corpora": _described(tally, corpora, words, report)}
    found["text"] = _spelled(tally, corpora, words)
    found["equal_size"] = equal_size(corpora, found["corpora"], words)
    report("differences")
    found["differences"] = different(corpora, found["equal_size"], words)
    found |= _checked(found, corpora, reference, texts, words, checks, report)
    report("similarity")
    found["similarity"] = similarities(corpora, words)
    report("models")
    found["models"] = model_map(corpora, texts, right if tally.rights else None, options)
    found["classes"] = by_classes(corpora, classes)
    report(embedder.name)
    more = [] if embedder.name == OWN else parts(corpora, vectors=True)
    more = [corpus.answer[part] for corpus, part in zip(corpora, more, strict=False)]
    found["embedding"], doubts, vectors = embeddings(corpora, reference, texts, embedder, more)
    report("near texts")
    found["sameness"] = sameness(corpora, texts, vectors if more else None)
    found["intervals"] = INTERVALS
    found["notes"] = (
        tally.notes
        + spelling_notes(found["text"])
        + notes(found, corpora, reference)
        + sameness_notes(found["sameness"], corpora)
        + model_notes(found["models"], sum(c.n for c in corpora), tally.flagged())
        + doubts
    )
    found["troubles"] = tally.troubles.about()
    return found | {"verdict": verdict(found)}


def _described(
    tally: Tally, corpora: list[Corpus], words: Words, report: Callable[[str], None]
) -> dict:
    """The measures of each corpus by its name, by prompt too where there are prompts."""
    found, texts, prompts = {}, list(tally.texts), list(tally.groups)
    for corpus in corpora:
        report(corpus.name)
        about = measure(corpus, texts, words)
        if corpus.group is not None:
            about["by_prompt"] = by_prompt(corpus, prompts, texts)
        if corpus.classes is not None:
            rows = prompt_by_prompt(corpus)
            about["by_prompt"] = [a | b for a, b in zip(about["by_prompt"], rows, strict=False)]
        found[corpus.name] = about
    return found


def _spelled(tally: Tally, corpora: list[Corpus], words: Words) -> dict:
    """How texts were split into words and made equal, and the quotation marks of each corpus."""
    size = len(tally.texts)
    marks = {corpus.name: quotes(words, counts_of(corpus, size)) for corpus in corpora}
    seen = {name: both for name, both in marks.items() if both}
    return tally.spelling.document() | {"quotes": seen}


def _checked(
    found: dict,
    corpora: list[Corpus],
    reference: Corpus | None,
    texts: list[str],
    words: Words,
    checks: Checks,
    report: Callable[[str], None],
) -> dict:
    """The comparison, the reference and the gates that were asked for. Raises ``UserError`` with
    what the answers lack for them."""
    compared, errors = {"comparison": None, "reference": None}, []
    if checks.compare:
        report("comparison")
        compared["comparison"] = attempt(errors, _compared, corpora, words, checks)
    if reference is not None:
        report("the reference")
        compared["reference"] = _beside(reference, corpora, texts, words)
    gates = attempt(errors, check, checks.gates, found | compared, corpora)
    if errors:
        raise UserError(*errors)
    return compared | {"gates": gates}


def _beside(reference: Corpus, corpora: list[Corpus], texts: list[str], words: Words) -> dict:
    """The measures of the reference, and each corpus compared with it."""
    counts = counts_of(reference, len(texts))
    return {
        "corpus": measure(reference, texts, words),
        "different_words": int((words.shares(counts) > 0).sum()),
        "compared": {corpus.name: compare(corpus, reference, words) for corpus in corpora},
    }


def _compared(corpora: list[Corpus], words: Words, checks: Checks) -> dict:
    found = comparison.compare(corpora, words)
    return comparison.body(found) | {"power": power(found, checks.power)}


def equal_size(corpora: list[Corpus], about: dict, words: Words) -> dict | None:
    """Measures that depend on size, for the number of answers, or words, of the smallest corpus;
    None for a single corpus."""
    if len(corpora) < 2:
        return None
    m = min(corpus.n for corpus in corpora)
    many = min(found["words"] for found in about.values())
    size = len(words.length)
    return {
        "answers": m,
        "words": many,
        "corpora": {c.name: at(counts_of(c, size), words, m, many) for c in corpora},
    }


def different(corpora: list[Corpus], at: dict | None, words: Words) -> dict | None:
    """Differences of the deciding measure; of numbered corpora, of the first and the last. None for
    a single corpus, or if there are too few answers."""
    values = ordered(at) if at else {}
    if len(values) < 2:
        return None
    order = list(values)
    if all(map(numbered, order)):
        order = [order[0], order[-1]]
    mine = [corpus for corpus in corpora if corpus.name in order]
    return differences(mine, words, deciding(at), order)


def notes(found: dict, corpora: list[Corpus], reference: Corpus | None) -> list[str]:
    """Notes on the limits of the numbers."""
    sentences, about = [], found["corpora"]
    alone = [name for name, one in about.items() if one["different"] == one["n"] and one["n"] > 1]
    if alone:
        sentences.append(
            f"No two answers are equal in {listed(alone, 5)}, so that their counts have no"
            " interval: compare the words."
        )
    single = [name for name, one in about.items() if one["n"] == 1]
    if single:
        sentences.append(f"One answer says nothing about diversity: {listed(single, 5)}.")
    length = {name: one["words"] / one["n"] for name, one in about.items()}
    longest, shortest = max(length, key=length.get), min(length, key=length.get)
    if length[longest] > LENGTHS * max(length[shortest], 1e-9):
        sentences.append(
            f"Answers differ in length, from {length[shortest]:.0f} words on average ({shortest})"
            f" to {length[longest]:.0f} ({longest}): compare distinct-n only at equal numbers of"
            " words, and for prompts that ask for answers of equal length."
        )
    size = {corpus.name: corpus.n for corpus in corpora}
    largest, smallest = max(size, key=size.get), min(size, key=size.get)
    if size[largest] > SIZES * size[smallest]:
        sentences.append(
            f"Corpora differ in size, from {size[smallest]:,} answers ({smallest}) to "
            f"{size[largest]:,} ({largest}), and most measures depend on it: compare them at equal "
            "size, and two corpora by the same answer, not by answers in common."
        )
    kinds = found["classes"]
    asked = [end for one in about.values() for end in one.get("prompts", {}).get(TIMES, [])]
    if kinds and max(asked) > min(asked):
        sentences.append(
            f"Prompts have from {min(asked)} to {max(asked)} answers, and more answers have more "
            f"classes: compare them at {kinds['answers']} answers to a prompt."
        )
    if reference is not None and min(c.n for c in corpora) > reference.n:
        sentences.append(
            f"The reference holds {reference.n:,} answers, fewer than the sample: both are "
            f"compared at {reference.n // 2:,} answers."
        )
    if len(corpora) > ALL:
        sentences.append(
            f"Of {len(corpora)} corpora, the first is compared with all others, and each with the"
            " next."
        )
    return sentences
