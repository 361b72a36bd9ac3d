"""Reading people's files, writing results whole or not at all."""
