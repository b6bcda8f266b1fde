-- Which repositories grew most, in their last two weeks in a row that are fully known?
-- Weeks are ISO weeks, Monday to Sunday. 0.25 means a quarter more views than the week before.
-- A repository without two such weeks is left out.
WITH ranked AS (
  SELECT *, row_number() OVER (PARTITION BY repo_id ORDER BY first_day DESC) AS age
  FROM growth
  WHERE period = 'week' AND views_growth IS NOT NULL
)
SELECT full_name, first_day, last_day, previous_views, views, views_growth
FROM ranked
WHERE age = 1
ORDER BY views_growth DESC, full_name
