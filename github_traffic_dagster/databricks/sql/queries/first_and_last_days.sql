-- Since when is the traffic of each repository known, until when, and with how many holes?
SELECT
  full_name,
  first_day,
  last_day,
  datediff(last_day, first_day) + 1 AS days,
  views_missing_days,
  clones_missing_days
FROM repository_totals
ORDER BY first_day NULLS LAST, full_name
