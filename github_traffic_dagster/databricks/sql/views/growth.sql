CREATE OR REPLACE VIEW growth (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  period COMMENT 'week: an ISO week; 28 days: the four ISO weeks that end together',
  first_day COMMENT 'First day of the period, a Monday (UTC)',
  last_day COMMENT 'Last day of the period, a Sunday (UTC)',
  views COMMENT 'Views of the days of which a number is known; null if there is none',
  views_known_days COMMENT 'Days of the period whose views are settled',
  previous_views COMMENT 'Views of the period before, as far as known; null if nothing is',
  previous_views_known_days COMMENT 'Days of the period before whose views are settled',
  views_growth COMMENT '0.25 means a quarter more than before; null unless every day of both periods is settled, and after a period without views',
  clones COMMENT 'Clones of the days of which a number is known; null if there is none',
  clones_known_days COMMENT 'Days of the period whose clones are settled',
  previous_clones COMMENT 'Clones of the period before, as far as known; null if nothing is',
  previous_clones_known_days COMMENT 'Days of the period before whose clones are settled',
  clones_growth COMMENT '0.25 means a quarter more than before; null unless every day of both periods is settled, and after a period without clones'
)
COMMENT 'One row per repository, kind of period and period: views and clones against the period of the same length just before it'
AS
WITH weeks AS (
  SELECT
    repo_id, full_name, 'week' AS period, 7 AS days,
    week_start AS first_day, date_add(week_start, 6) AS last_day,
    views,
    views_known_days,
    sum(views) OVER before AS previous_views,
    sum(views_known_days) OVER before AS previous_views_known_days,
    clones,
    clones_known_days,
    sum(clones) OVER before AS previous_clones,
    sum(clones_known_days) OVER before AS previous_clones_known_days
  FROM weekly_traffic
  WINDOW
    before AS (
      PARTITION BY repo_id ORDER BY unix_date(week_start)
      RANGE BETWEEN 7 PRECEDING AND 7 PRECEDING
    )
),
four_weeks AS (
  SELECT
    repo_id, full_name, '28 days' AS period, 28 AS days,
    date_sub(week_start, 21) AS first_day, date_add(week_start, 6) AS last_day,
    sum(views) OVER now AS views,
    sum(views_known_days) OVER now AS views_known_days,
    sum(views) OVER before AS previous_views,
    sum(views_known_days) OVER before AS previous_views_known_days,
    sum(clones) OVER now AS clones,
    sum(clones_known_days) OVER now AS clones_known_days,
    sum(clones) OVER before AS previous_clones,
    sum(clones_known_days) OVER before AS previous_clones_known_days
  FROM weekly_traffic
  WINDOW
    now AS (
      PARTITION BY repo_id ORDER BY unix_date(week_start)
      RANGE BETWEEN 21 PRECEDING AND CURRENT ROW
    ),
    before AS (
      PARTITION BY repo_id ORDER BY unix_date(week_start)
      RANGE BETWEEN 49 PRECEDING AND 28 PRECEDING
    )
),
periods AS (
  SELECT * FROM weeks
  UNION ALL
  SELECT * FROM four_weeks
)
SELECT
  repo_id,
  full_name,
  period,
  first_day,
  last_day,
  views,
  views_known_days,
  previous_views,
  coalesce(previous_views_known_days, 0) AS previous_views_known_days,
  CASE
    WHEN views_known_days = days AND previous_views_known_days = days
      THEN (views - previous_views) / nullif(previous_views, 0)
  END AS views_growth,
  clones,
  clones_known_days,
  previous_clones,
  coalesce(previous_clones_known_days, 0) AS previous_clones_known_days,
  CASE
    WHEN clones_known_days = days AND previous_clones_known_days = days
      THEN (clones - previous_clones) / nullif(previous_clones, 0)
  END AS clones_growth
FROM periods
