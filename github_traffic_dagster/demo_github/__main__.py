"""`python -m github_traffic_dagster.demo_github`: the demo's GitHub, for curl and the curious."""

import threading

import click

from github_traffic_dagster.demo_github.demo_world import DEMO_TOKEN, demo_world
from github_traffic_dagster.demo_github.server import GitHubServer


@click.command()
@click.option("--port", default=0, show_default="any free one", help="Where to listen (127.0.0.1).")
def main(port: int) -> None:
    """Serve the demo's GitHub until Ctrl-C."""
    server = GitHubServer(demo_world(), port=port)
    try:
        server.start()
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used: {error}") from error
    click.echo(f"GITHUB_API_URL={server.url}")
    click.echo(f"GITHUB_TOKEN={DEMO_TOKEN}")
    click.echo(f'Try: curl -H "Authorization: Bearer {DEMO_TOKEN}" {server.url}/user/repos')
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
