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
WITH periods AS (
  SELECT
    repo_id, full_name, 'week' AS period, 7 AS days,
    week_start AS first_day, date_add(week_start, 6) AS last_day,
    views, views_known_days, clones, clones_known_days
  FROM weekly_traffic
  UNION ALL
  SELECT
    repo_id, full_name, '28 days' AS period, 28 AS days,
    date_sub(week_start, 21) AS first_day, date_add(week_start, 6) AS last_day,
    sum(views) OVER four_weeks AS views,
    sum(views_known_days) OVER four_weeks AS views_known_days,
    sum(clones) OVER four_weeks AS clones,
    sum(clones_known_days) OVER four_weeks AS clones_known_days
  FROM weekly_traffic
  WINDOW four_weeks AS (
    PARTITION BY repo_id
    ORDER BY week_start RANGE BETWEEN INTERVAL 21 DAYS PRECEDING AND CURRENT ROW
  )
)
SELECT
  this.repo_id,
  this.full_name,
  this.period,
  this.first_day,
  this.last_day,
  this.views,
  this.views_known_days,
  earlier.views,
  coalesce(earlier.views_known_days, 0),
  CASE
    WHEN this.views_known_days = this.days AND earlier.views_known_days = this.days
      THEN (this.views - earlier.views) / nullif(earlier.views, 0)
  END,
  this.clones,
  this.clones_known_days,
  earlier.clones,
  coalesce(earlier.clones_known_days, 0),
  CASE
    WHEN this.clones_known_days = this.days AND earlier.clones_known_days = this.days
      THEN (this.clones - earlier.clones) / nullif(earlier.clones, 0)
  END
FROM periods AS this
LEFT JOIN periods AS earlier
  ON earlier.repo_id = this.repo_id
  AND earlier.period = this.period
  AND earlier.last_day = date_sub(this.first_day, 1)
