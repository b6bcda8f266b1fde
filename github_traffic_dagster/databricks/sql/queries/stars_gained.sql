-- How many stars and forks did each repository gain in the 28 and 365 days before its last look?
-- Null where nobody had looked so early. Stars taken back count negative.
WITH ages AS (
  SELECT
    *,
    datediff(max(day) OVER (PARTITION BY repo_id), day) AS age
  FROM stars_and_forks
)
SELECT
  full_name,
  max(day) AS last_day,
  max(CASE WHEN age = 0 THEN stargazers END) AS stargazers,
  max(CASE WHEN age = 0 THEN stargazers END) - max(CASE WHEN age = 28 THEN stargazers END)
    AS stars_in_28_days,
  max(CASE WHEN age = 0 THEN stargazers END) - max(CASE WHEN age = 365 THEN stargazers END)
    AS stars_in_365_days,
  max(CASE WHEN age = 0 THEN forks END) AS forks,
  max(CASE WHEN age = 0 THEN forks END) - max(CASE WHEN age = 28 THEN forks END)
    AS forks_in_28_days,
  max(CASE WHEN age = 0 THEN forks END) - max(CASE WHEN age = 365 THEN forks END)
    AS forks_in_365_days
FROM ages
GROUP BY repo_id, full_name
ORDER BY stars_in_28_days DESC NULLS LAST, full_name
