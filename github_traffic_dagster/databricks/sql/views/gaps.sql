CREATE OR REPLACE VIEW gaps (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  metric COMMENT 'views or clones',
  kind COMMENT 'lost: nobody looked in time; not yet known: GitHub may still name it; partial: may still grow; lower bound: partial, and GitHub no longer serves it',
  first_day COMMENT 'First day (UTC) of days in a row of the same kind',
  last_day COMMENT 'Last of these days (UTC)',
  days COMMENT 'How many days these are'
)
COMMENT 'One row per repository, metric and days in a row whose number is missing or not final. Days that are missing at the very end, today among them, are no fault.'
AS
WITH unsure AS (
  SELECT
    repo_id,
    full_name,
    metric,
    day,
    CASE
      WHEN status IS NULL THEN coverage
      WHEN closed THEN 'lower bound'
      ELSE 'partial'
    END AS kind
  FROM coverage
  WHERE status IS NULL OR status = 'partial'
),
-- Days in a row have the same distance to their rank.
runs AS (
  SELECT
    *,
    date_sub(
      day, CAST(row_number() OVER (PARTITION BY repo_id, metric, kind ORDER BY day) AS INT)
    ) AS run
  FROM unsure
)
SELECT
  repo_id, full_name, metric, kind, min(day) AS first_day, max(day) AS last_day, count(*) AS days
FROM runs
GROUP BY repo_id, full_name, metric, kind, run
