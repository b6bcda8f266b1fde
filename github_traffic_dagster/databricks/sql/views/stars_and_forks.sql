CREATE OR REPLACE VIEW stars_and_forks (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  day COMMENT 'Day (UTC)',
  stargazers COMMENT 'Stars as of the last look on or before the day',
  forks COMMENT 'Forks as of the last look on or before the day',
  open_issues COMMENT 'Open issues and pull requests as of the last look on or before the day',
  observed_on COMMENT 'Day of that look; earlier than day where nobody looked'
)
COMMENT 'One row per repository and day from its first to its last look: stars, forks, open issues. A day without a look carries the look before it, so that sums over repositories do not dip.'
AS
WITH looks AS (
  SELECT
    repo_id, day, stargazers, forks, open_issues,
    lead(day) OVER (PARTITION BY repo_id ORDER BY day) AS next_day
  FROM repos
  WHERE stargazers IS NOT NULL
),
days AS (
  SELECT
    repo_id, stargazers, forks, open_issues, day AS observed_on,
    explode(sequence(day, coalesce(date_sub(next_day, 1), day))) AS day
  FROM looks
)
SELECT
  days.repo_id,
  repositories.full_name,
  days.day,
  days.stargazers,
  days.forks,
  days.open_issues,
  days.observed_on
FROM days
INNER JOIN repositories ON repositories.repo_id = days.repo_id
