"""What lies at a place where Delta finds no table: nothing, somebody else's files, a broken log.

delta-rs says "not found" of a folder that it may not read and of one full of other files too.
"""

from typing import Final

from github_traffic_dagster.errors import ForeignTableError, StoreError
from github_traffic_dagster.store.leftovers import STAGED
from github_traffic_dagster.store.objects import names_below
from github_traffic_dagster.store.place import Place

_LOG: Final = "_delta_log"
_SHOWN: Final = 3


def refusal(place: Place) -> StoreError | None:
    """Why no table may be created at `place`, or None where nothing is in the way.

    Raises:
        OSError, obstore.exceptions.BaseError: it can't be seen what lies there.
    """
    names = names_below(place)
    if not names:
        return None
    if names != [_LOG]:
        return ForeignTableError(
            f"The folder {_shown(place)} holds files ({', '.join(names[:_SHOWN])}) but no Delta "
            "table. It was left untouched: move it away or choose another GITHUB_TRAFFIC_STORE."
        )
    # Nothing but commits that were never finished is no table yet.
    log = Place(f"{place.uri}/{_LOG}", place.options)
    if all(STAGED.fullmatch(name) for name in names_below(log)):
        return None
    return StoreError(
        f"The Delta log of {_shown(place)} has files but no readable version. "
        "It was left untouched."
    )


def _shown(place: Place) -> str:
    return str(place.local_path or place.uri)
