"""Tables of tokens, n-grams, answers to prompts."""
