-- Of which days will the number never be known, or never be known fully?
-- Nobody looked while GitHub still served them (14 days). An import from elsewhere can still fill
-- them; a lower bound is what was known before the day had ended.
SELECT full_name, metric, kind, first_day, last_day, days
FROM gaps
WHERE kind IN ('lost', 'lower bound')
ORDER BY first_day, full_name, metric, kind
