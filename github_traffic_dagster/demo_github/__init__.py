"""A simulated GitHub over real HTTP, for the tests and for `github-traffic collect --demo`.

`world` holds what is true there, `server` answers from it, `faults` says what goes wrong,
`demo_world` is the world newcomers meet. It knows nothing of the pipeline it tests.

    world = World(SimulatedClock(datetime(2026, 5, 20, 12, tzinfo=UTC)))
    world.add_user("octo")
    world.add_token("secret", "octo")
    world.add_repository("octo/hello", views={date(2026, 5, 19): (10, 4)})
    with GitHubServer(world) as server:
        requests.get(f"{server.url}/repos/octo/hello/traffic/views", headers=...)
"""
