"""The two streams a command writes to: results to stdout, everything else to stderr."""

from typing import Final

from rich.console import Console

# Pipes and logs have no width of their own: wide enough for long repository names.
_WIDTH_WITHOUT_TERMINAL: Final = 120


def results() -> Console:
    """The console for what the user asked for."""
    return _console(stderr=False)


def messages() -> Console:
    """The console for progress and failures."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # Texts come from GitHub and from errors: square brackets in them are no markup.
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_WITHOUT_TERMINAL
    return console
