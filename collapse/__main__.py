"""``python -m collapse``."""

from collapse.cli.main import main

if __name__ == "__main__":  # processes of verify import this module too
    main()
