"""``python -m collapse``."""

from collapse.cli.main import main

main()
