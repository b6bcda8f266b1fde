"""The AI/BI dashboard, as a workspace exports and imports it.

There is no published schema of `.lvdash.json`: the file follows exports in
https://github.com/databricks/bundle-examples, whose pages without `layoutVersion` are six columns
wide.

Its datasets name views without catalog and schema. The REST API can be told these
(https://docs.databricks.com/api/workspace/lakeview/create, `dataset_catalog`), asset bundles too,
but databricks-sdk 0.60 cannot: so the names are written out.
"""

import json
import re
from importlib.resources import files
from typing import Any, Final

from github_traffic_dagster.databricks.identifiers import quoted
from github_traffic_dagster.databricks.sql_library import VIEW_NAMES

FILE: Final = "traffic.lvdash.json"
_VIEW_READ: Final = re.compile(rf"\b(FROM|JOIN)(\s+)({'|'.join(VIEW_NAMES)})\b")


def definition() -> dict[str, Any]:
    """The dashboard as it is in the file, with unqualified names."""
    text = (files("github_traffic_dagster.databricks") / FILE).read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def serialized(catalog: str, schema: str) -> str:
    """The dashboard over the views of one schema, as `serialized_dashboard` of the API takes it.

    Args:
        catalog: where the schema is; any name that Unity Catalog allows.
        schema: where the views are.

    Returns:
        JSON text. Equal names give equal text.
    """
    dashboard = definition()
    for dataset in dashboard["datasets"]:
        query = "".join(dataset["queryLines"])
        # A function, because a name may hold what `re` takes for a group.
        qualified = _VIEW_READ.sub(
            lambda found: f"{found[1]}{found[2]}{quoted(catalog, schema, found[3])}", query
        )
        dataset["queryLines"] = qualified.splitlines(keepends=True)
    return json.dumps(dashboard, indent=2)
