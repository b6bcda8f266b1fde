-- How much traffic did each repository have in each month?
-- Months with fewer known days than calendar days are at least that much. Unique visitors of days
-- do not add up to those of a month, so there are none.
SELECT
  full_name,
  trunc(day, 'MONTH') AS month,
  sum(views) AS views,
  count_if(views_status = 'complete') AS views_known_days,
  sum(clones) AS clones,
  count_if(clones_status = 'complete') AS clones_known_days,
  day(last_day(min(day))) AS calendar_days
FROM daily_traffic
GROUP BY repo_id, full_name, trunc(day, 'MONTH')
ORDER BY month, full_name
