"""Where files that belong to the product lie, in a checkout as in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def resource_folder(name: str) -> Path:
    """Return the folder `name` (`templates`, `static`) that ships with the product.

    A wheel carries these folders inside the package; a checkout has them beside it.
    Raises FileNotFoundError when neither place has the folder.
    """
    for parent in (PACKAGE, PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"folder '{name}' is missing from the installation at {PACKAGE}")


def data_folder() -> Path:
    """Return the folder of the reference facts that ship with the product."""
    return PACKAGE / "data"
