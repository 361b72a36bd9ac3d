"""Whether a judge is a person, and whether an answer is by the judge's own model or its family."""

import re
from functools import cache

PERSON = "human|people|person|expert|author|crowd|worker|annotator|user|arena.user"
PEOPLE = re.compile(rf"(?:{PERSON})s?(?:$|[^a-z].*)", re.IGNORECASE)
FAMILIES = {  # makers, and how the names of their models begin
    "OpenAI": "gpt chatgpt davinci text-davinci o1 o3 o4",
    "Anthropic": "claude",
    "Google": "gemini gemma palm bard flan",
    "Meta": "llama",
    "Mistral": "mistral mixtral ministral magistral codestral",
    "Alibaba": "qwen qwq",
    "DeepSeek": "deepseek",
    "Microsoft": "phi wizardlm",
    "Cohere": "command aya",
    "xAI": "grok",
    "Zhipu": "glm chatglm",
    "01.AI": "yi",
    "Amazon": "nova titan",
    "LMSYS": "vicuna",
}
WORDS = {word: maker for maker, words in FAMILIES.items() for word in words.split()}
NAMED = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})(?![a-z])")


def is_person(judge: str | None) -> bool:
    """Whether the name of a judge is that of a person: human, expert_3, author_1, crowd-worker."""
    return judge is not None and bool(PEOPLE.fullmatch(judge.strip()))


@cache
def family(name: str) -> str | None:
    """The maker of a model, by its name; None if it is not known."""
    found = NAMED.search(name.lower())
    return WORDS[found[0]] if found else None


@cache
def same_model(judge: str | None, model: str | None) -> bool:
    """Whether a judge is the model itself: its name ends in the model's, signs left out."""
    if not judge or not model:
        return False
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in (judge, model)]
    return bool(plain[1]) and plain[0].endswith(plain[1])


@cache
def same_family(judge: str | None, model: str | None) -> bool:
    """Whether a judge is another model of the same maker."""
    if not judge or not model or same_model(judge, model):
        return False
    return family(judge) is not None and family(judge) == family(model)
