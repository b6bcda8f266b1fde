-- Which 20 repositories were looked at most in the last 28 days?
-- Counts of the newest days are partial and still grow; missing days are not zeros.
SELECT
  full_name,
  sum(views) AS views,
  sum(clones) AS clones,
  sum(partial_day) AS partial_days,
  sum(missing_day) AS missing_days
FROM daily_traffic
WHERE day > date_sub(CAST(to_utc_timestamp(current_timestamp(), current_timezone()) AS DATE), 28)
GROUP BY repo_id, full_name
ORDER BY views DESC NULLS LAST, clones DESC NULLS LAST, full_name
LIMIT 20
