-- Which 20 repositories were looked at most in the last 28 days?
-- Today, by UTC, is one of them. Counts of the newest days are partial and still grow; missing days
-- are not zeros.
SELECT
  full_name,
  sum(views) AS views,
  sum(clones) AS clones,
  sum(partial_day) AS partial_days,
  sum(missing_day) AS missing_days
FROM daily_traffic
WHERE day > date_from_unix_date(CAST(unix_seconds(current_timestamp()) DIV 86400 AS INT) - 28)
GROUP BY repo_id, full_name
ORDER BY views DESC NULLS LAST, clones DESC NULLS LAST, full_name
LIMIT 20
