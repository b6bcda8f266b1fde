CREATE OR REPLACE VIEW moving_averages (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  day COMMENT 'Last day of the windows (UTC)',
  views_7_days COMMENT 'Mean views of the settled days among the 7 calendar days that end with day; null if there is none',
  views_7_days_known COMMENT 'How many of the 7 days are settled and stand behind that mean',
  views_28_days COMMENT 'Mean views of the settled days among the 28 calendar days that end with day; null if there is none',
  views_28_days_known COMMENT 'How many of the 28 days are settled and stand behind that mean',
  clones_7_days COMMENT 'Mean clones of the settled days among the 7 calendar days that end with day; null if there is none',
  clones_7_days_known COMMENT 'How many of the 7 days are settled and stand behind that mean',
  clones_28_days COMMENT 'Mean clones of the settled days among the 28 calendar days that end with day; null if there is none',
  clones_28_days_known COMMENT 'How many of the 28 days are settled and stand behind that mean'
)
COMMENT 'One row per repository and day: moving averages over 7 and 28 calendar days. Gaps are not zeros and partial numbers are too small: neither is in a mean, and each mean says of how many days it is.'
AS
WITH settled AS (
  SELECT
    repo_id,
    full_name,
    day,
    CASE WHEN views_status = 'complete' THEN views END AS views,
    CASE WHEN clones_status = 'complete' THEN clones END AS clones
  FROM daily_traffic
)
SELECT
  repo_id,
  full_name,
  day,
  avg(views) OVER seven_days AS views_7_days,
  count(views) OVER seven_days AS views_7_days_known,
  avg(views) OVER twenty_eight_days AS views_28_days,
  count(views) OVER twenty_eight_days AS views_28_days_known,
  avg(clones) OVER seven_days AS clones_7_days,
  count(clones) OVER seven_days AS clones_7_days_known,
  avg(clones) OVER twenty_eight_days AS clones_28_days,
  count(clones) OVER twenty_eight_days AS clones_28_days_known
FROM settled
WINDOW
  seven_days AS (
    PARTITION BY repo_id ORDER BY unix_date(day) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW
  ),
  twenty_eight_days AS (
    PARTITION BY repo_id ORDER BY unix_date(day) RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
  )
