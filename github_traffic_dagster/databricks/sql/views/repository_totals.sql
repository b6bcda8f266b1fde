CREATE OR REPLACE VIEW repository_totals (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  first_day COMMENT 'First day of which views or clones are known (UTC); null if there is none',
  last_day COMMENT 'Last day of which views or clones are known (UTC); null if there is none',
  views COMMENT 'Views of all days of which a number is known; null if there is none. At least that many while days are partial or missing.',
  views_known_days COMMENT 'Days whose views are settled',
  views_partial_days COMMENT 'Days whose views are partial: in the sum, and at least that many',
  views_missing_days COMMENT 'Days between the first and the last whose views are lost or not yet known: not in the sum',
  clones COMMENT 'Clones of all days of which a number is known; null if there is none. At least that many while days are partial or missing.',
  clones_known_days COMMENT 'Days whose clones are settled',
  clones_partial_days COMMENT 'Days whose clones are partial: in the sum, and at least that many',
  clones_missing_days COMMENT 'Days between the first and the last whose clones are lost or not yet known: not in the sum',
  stargazers COMMENT 'Stars when last looked at; null if they never were',
  forks COMMENT 'Forks when last looked at; null if they never were'
)
COMMENT 'One row per repository whose traffic is expected: all-time totals of counts, and how much of the time they cover. There are no totals of unique visitors or cloners: those of days do not add up.'
AS
WITH totals AS (
  SELECT
    repo_id,
    full_name,
    min(CASE WHEN views_status IS NOT NULL OR clones_status IS NOT NULL THEN day END) AS first_day,
    max(CASE WHEN views_status IS NOT NULL OR clones_status IS NOT NULL THEN day END) AS last_day,
    sum(views) AS views,
    count_if(views_status = 'complete') AS views_known_days,
    count_if(views_status = 'partial') AS views_partial_days,
    count_if(views_coverage IN ('lost', 'not yet known')) AS views_missing_days,
    sum(clones) AS clones,
    count_if(clones_status = 'complete') AS clones_known_days,
    count_if(clones_status = 'partial') AS clones_partial_days,
    count_if(clones_coverage IN ('lost', 'not yet known')) AS clones_missing_days
  FROM daily_traffic
  GROUP BY repo_id, full_name
)
SELECT totals.*, repositories.stargazers, repositories.forks
FROM totals
INNER JOIN repositories ON repositories.repo_id = totals.repo_id
