CREATE OR REPLACE VIEW daily_traffic (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  day COMMENT 'Traffic day (UTC)',
  views COMMENT 'Views of the day; null where nothing is known, which is not zero',
  unique_visitors COMMENT 'Unique visitors of the day; can never be added up over days',
  views_status COMMENT 'complete once settled, partial before that; null where nothing is known',
  views_coverage COMMENT 'measured, zero proven by a window, not yet known, or lost; null where no views are expected',
  clones COMMENT 'Clones of the day; null where nothing is known, which is not zero',
  unique_cloners COMMENT 'Unique cloners of the day; can never be added up over days',
  clones_status COMMENT 'complete once settled, partial before that; null where nothing is known',
  clones_coverage COMMENT 'measured, zero proven by a window, not yet known, or lost; null where no clones are expected',
  partial_day COMMENT '1 when one of the two numbers, or both, is partial, else 0: add it up to count days',
  missing_day COMMENT '1 when one of the two numbers, or both, is expected but not known, else 0: add it up to count days'
)
COMMENT 'One row per repository and day: views and clones side by side, with how sure each is'
AS
SELECT
  coalesce(views.repo_id, clones.repo_id) AS repo_id,
  coalesce(views.full_name, clones.full_name) AS full_name,
  coalesce(views.day, clones.day) AS day,
  views.count AS views,
  views.uniques AS unique_visitors,
  views.status AS views_status,
  views.coverage AS views_coverage,
  clones.count AS clones,
  clones.uniques AS unique_cloners,
  clones.status AS clones_status,
  clones.coverage AS clones_coverage,
  CASE WHEN views.status = 'partial' OR clones.status = 'partial' THEN 1 ELSE 0 END AS partial_day,
  CASE
    WHEN views.coverage IN ('lost', 'not yet known') THEN 1
    WHEN clones.coverage IN ('lost', 'not yet known') THEN 1
    ELSE 0
  END AS missing_day
FROM (SELECT * FROM coverage WHERE metric = 'views') AS views
FULL OUTER JOIN (SELECT * FROM coverage WHERE metric = 'clones') AS clones
  ON clones.repo_id = views.repo_id AND clones.day = views.day
