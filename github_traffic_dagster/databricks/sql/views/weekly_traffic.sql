CREATE OR REPLACE VIEW weekly_traffic (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  week_start COMMENT 'Monday of the ISO week (UTC)',
  iso_year COMMENT 'Year that the ISO week belongs to',
  iso_week COMMENT 'Number of the ISO week, 1 to 53',
  views COMMENT 'Views of the days of which a number is known; null if there is none',
  views_known_days COMMENT 'Days of the seven whose views are settled',
  views_partial_days COMMENT 'Days of the seven whose views are partial: in the sum, and at least that many. The others are not known.',
  clones COMMENT 'Clones of the days of which a number is known; null if there is none',
  clones_known_days COMMENT 'Days of the seven whose clones are settled',
  clones_partial_days COMMENT 'Days of the seven whose clones are partial: in the sum, and at least that many. The others are not known.'
)
COMMENT 'One row per repository and ISO week: views and clones added up. There are no unique visitors or cloners of a week: somebody who came on two days is one of each, so those of days do not add up, and GitHub does not tell those of a week.'
AS
WITH days AS (
  SELECT *, trunc(day, 'WEEK') AS week_start FROM daily_traffic
)
SELECT
  repo_id,
  full_name,
  week_start,
  -- A week belongs to the year of its Thursday.
  year(date_add(week_start, 3)) AS iso_year,
  weekofyear(week_start) AS iso_week,
  sum(views) AS views,
  count_if(views_status = 'complete') AS views_known_days,
  count_if(views_status = 'partial') AS views_partial_days,
  sum(clones) AS clones,
  count_if(clones_status = 'complete') AS clones_known_days,
  count_if(clones_status = 'partial') AS clones_partial_days
FROM days
GROUP BY repo_id, full_name, week_start
