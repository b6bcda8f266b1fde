"""The sockets under all requests: kept open, without cookies, redirects or anybody's passwords."""

from http.cookiejar import DefaultCookiePolicy

import requests
import requests.adapters
from github.Requester import Requester

from github_traffic_dagster.github_api.access import Access


def http_session(access: Access) -> requests.Session:
    """A session with as many connections as there may be requests at once.

    Args:
        access: where to, and how many at once.
    """
    session = _StayingSession()
    # Whatever .netrc says about this host, the header PyGithub sets is the one to send.
    session.auth = Requester.noopAuth
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(max_retries=0, pool_maxsize=access.workers)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    _read_environment_once(session, access.api_url)
    return session


class _StayingSession(requests.Session):
    """Never looks at a Location: even when told not to follow, requests parses it, and raises."""

    def get_redirect_target(self, _resp: requests.Response) -> None:
        """No redirect, as far as requests is concerned."""


def _read_environment_once(session: requests.Session, url: str) -> None:
    """Proxies and certificates from the environment, which requests reads for every request.

    That was a quarter of a request's computing time.
    """
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies = found["proxies"]
    session.verify = found["verify"]
    session.cert = found["cert"]
    session.trust_env = False
