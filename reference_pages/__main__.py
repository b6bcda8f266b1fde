"""`python -m reference_pages`: write docs/reference anew; a test fails where a page is stale."""

from reference_pages.pages import FOLDER, PAGES


def main() -> None:
    """Write all pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
