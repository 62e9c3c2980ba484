"""Write a new migration from the models: `python -m registry.migrations "what changed"`."""

import sys
import tempfile
from pathlib import Path

from registry.database import Database


def main() -> None:
    """Compare the models with a freshly migrated database and write the difference as a migration."""
    if len(sys.argv) != 2:
        sys.exit('usage: python -m registry.migrations "what changed"')
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'models.db'}")
        database.migrate()
        database.write_migration(sys.argv[1])
        database.dispose()


if __name__ == "__main__":
    main()
