CREATE OR REPLACE VIEW repositories (
  repo_id COMMENT 'Numeric id at GitHub; survives renames and transfers',
  full_name COMMENT 'owner/name by the newest look',
  owner COMMENT 'Account that owns it, by the newest look',
  name COMMENT 'Name within the account, by the newest look',
  private COMMENT 'Visible only to those who were let in; null if it was never listed',
  fork COMMENT 'A fork of another repository; null if it was never listed',
  archived COMMENT 'Read-only; null if it was never listed',
  created_at COMMENT 'When it came to be (UTC); null if it was never listed',
  traffic_access COMMENT 'The token could read its traffic; null if it was never listed',
  listed_at COMMENT 'Newest listing (UTC); null if it was never listed',
  stargazers COMMENT 'Stars when last looked at; null if they never were',
  forks COMMENT 'Forks when last looked at; null if they never were',
  stars_and_forks_day COMMENT 'Day of that look at stars and forks'
)
COMMENT 'One row per repository ever seen: its newest name, what it is, its newest stars and forks'
AS
WITH seen AS (
  SELECT repo_id, full_name, observed_at AS seen_at FROM repos
  UNION ALL
  SELECT repo_id, full_name, last_observed_at AS seen_at FROM golden_views
  UNION ALL
  SELECT repo_id, full_name, last_observed_at AS seen_at FROM golden_clones
),
names AS (
  SELECT repo_id, max_by(full_name, struct(seen_at, full_name)) AS full_name
  FROM seen
  GROUP BY repo_id
),
listings AS (
  SELECT
    repo_id, private, fork, archived, created_at, traffic_access, observed_at,
    row_number() OVER (PARTITION BY repo_id ORDER BY observed_at DESC, day DESC) AS age
  FROM repos
),
popularity AS (
  SELECT
    repo_id, stargazers, forks, day,
    row_number() OVER (PARTITION BY repo_id ORDER BY day DESC) AS age
  FROM repos
  WHERE stargazers IS NOT NULL
)
SELECT
  names.repo_id,
  names.full_name,
  split_part(names.full_name, '/', 1) AS owner,
  split_part(names.full_name, '/', 2) AS name,
  listings.private,
  listings.fork,
  listings.archived,
  listings.created_at,
  listings.traffic_access,
  listings.observed_at AS listed_at,
  popularity.stargazers,
  popularity.forks,
  popularity.day AS stars_and_forks_day
FROM names
LEFT JOIN listings ON listings.repo_id = names.repo_id AND listings.age = 1
LEFT JOIN popularity ON popularity.repo_id = names.repo_id AND popularity.age = 1
