"""The built-in joke grammar: finite, with exactly known probabilities.

Words of a list have weights 1, 1/2, 1/3, .., so that some jokes are much more frequent than others.
Templates share few words: a bigram model fitted to the jokes draws about half of its rows from the
grammar, and combines the others from parts of several jokes.
"""

WORDS = {
    "animal": "chicken duck cow horse penguin octopus parrot goldfish llama giraffe hedgehog snail "
    "lobster moose walrus ferret",
    "place": "roads rivers libraries kitchens deserts offices museums swamps stages airports",
    "side": "side slide shop couch buffet crowd door punchline",
    "adjective": "lazy purple sleepy magnetic invisible nervous soggy haunted tiny polite "
    "suspicious inflatable retired musical",
    "creature": "bear owl fish pig rabbit crab dinosaur bee camel sheep wolf frog",
    "pun": "moodle quacker hoot snorkel waffle gigglebeast paddlepop noodle drizzle wobbler "
    "snoozer clawsome",
    "jobs": "programmers philosophers pirates lawyers poets dentists goblins managers judges "
    "robots surfers economists",
    "bulb": "lightbulb battery tyre password diaper curtain subject channel",
    "number": "one none seven forty twelve infinity enough two",
    "relative": "uncle grandmother neighbour boss cousin landlord teacher twin",
    "topic": "bananas ladders umbrellas teapots sandwiches balloons brooms pancakes trombones "
    "lamps calendars spoons bicycles pillows",
    "sound": "laughed cried left applauded snored sued fainted apologised",
    "name": "boo lettuce olive harry ken alpaca justin noah",
    "company": "accounting marketing space plumbing legal upstairs",
    "patron": "doctor magician spy referee astronaut accountant ghost baker skeleton sailor",
    "drink": "water soup gravity silence milk courage applause ink oxygen refunds",
    "feeling": "curtains bells soup-spoons clouds toast wallpaper furniture confetti",
    "advice": "relax stop sit exercise hurry leave stretch whisper",
    "people": "atoms stairs mirrors clocks shadows barbers wizards calculators",
    "object": "secrets scissors cheese matches magnets glue fireworks gossip",
    "did": "lost married ate forgot invented sold painted adopted",
    "chair": "chair sofa table fridge piano cupboard carpet mailbox",
}

TEMPLATES = [
    (6, "why did the {animal} cross {place} ? to reach its own {side} ."),
    (5, "what do you call a {adjective} {creature} ? mostly {pun} ."),
    (4, "how many {jobs} change every {bulb} ? exactly {number} ."),
    (4, "my {relative} told me about {topic} and everyone {sound} ."),
    (3, "knock knock who is there ? {name} from {company} ."),
    (3, "some {patron} walks into this bar asking for {drink} ."),
    (2, "doctor i feel like {feeling} . then {advice} !"),
    (2, "never trust {people} with {object} ."),
    (2, "yesterday we {did} our {chair} by accident ."),
]


def joke_templates() -> tuple[list[tuple[float, list[dict[str, float]]]], tuple[str, ...]]:
    """(weight, slots) of every template, where a slot maps words to weights; and the vocabulary,
    whose first word is the end symbol ""."""
    templates = []
    for weight, text in TEMPLATES:
        slots = []
        for part in text.split():
            words = WORDS[part[1:-1]].split() if part.startswith("{") else [part]
            slots.append({word: 1 / (rank + 1) for rank, word in enumerate(words)})
        templates.append((float(weight), slots))
    words = sorted({word for _, slots in templates for slot in slots for word in slot})
    return templates, ("", *words)
