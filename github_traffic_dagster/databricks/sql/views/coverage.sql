CREATE OR REPLACE VIEW coverage (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  metric COMMENT 'views or clones',
  day COMMENT 'Traffic day (UTC)',
  count COMMENT 'Views or clones of the day, all visitors together; null where nothing is known',
  uniques COMMENT 'Unique visitors or cloners of the day; can never be added up over days',
  status COMMENT 'complete once settled, partial before that; null where nothing is known',
  coverage COMMENT 'measured, zero proven by a window, not yet known, or lost',
  closed COMMENT 'True when GitHub no longer serves the day: what is missing of it stays missing'
)
COMMENT 'One row per repository, metric and day of which traffic is expected: from the first day that anything was recorded to the last that it was listed or observed. Zero and unknown are different things here.'
AS
WITH known AS (
  SELECT 'views' AS metric, repo_id, day, count, uniques, status FROM golden_views
  UNION ALL
  SELECT 'clones' AS metric, repo_id, day, count, uniques, status FROM golden_clones
),
-- Only listings read on the day itself say that somebody looked then. Days of moments are counted
-- in seconds, which are those of UTC whatever the time zone of a session.
listed AS (
  SELECT repo_id, day
  FROM repos
  WHERE traffic_access
    AND date_from_unix_date(CAST(unix_seconds(observed_at) DIV 86400 AS INT)) = day
),
expected AS (
  SELECT metric, repo_id, day FROM known
  UNION ALL
  SELECT 'views' AS metric, repo_id, day FROM listed
  UNION ALL
  SELECT 'clones' AS metric, repo_id, day FROM listed
),
spans AS (
  SELECT metric, repo_id, min(day) AS first_day, max(day) AS last_day
  FROM expected
  GROUP BY metric, repo_id
),
days AS (
  SELECT metric, repo_id, explode(sequence(first_day, last_day)) AS day FROM spans
),
-- GitHub serves 14 days back, today not counted.
judged AS (
  SELECT
    metric, repo_id, day,
    day < date_from_unix_date(CAST(unix_seconds(current_timestamp()) DIV 86400 AS INT) - 14)
      AS closed
  FROM days
)
SELECT
  judged.repo_id,
  repositories.full_name,
  judged.metric,
  judged.day,
  known.count,
  known.uniques,
  known.status,
  CASE
    WHEN known.count > 0 OR known.uniques > 0 THEN 'measured'
    WHEN known.count IS NOT NULL THEN 'zero proven by a window'
    WHEN judged.closed THEN 'lost'
    ELSE 'not yet known'
  END AS coverage,
  judged.closed
FROM judged
INNER JOIN repositories ON repositories.repo_id = judged.repo_id
LEFT JOIN known
  ON known.metric = judged.metric AND known.repo_id = judged.repo_id AND known.day = judged.day
