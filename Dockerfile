# github-traffic and Dagster's services, for compose.yaml: docs/how-to/docker.md
FROM python:3.11-slim

# `--build-arg EXTRAS=[databricks]` for what is not installed by default.
ARG EXTRAS=""

COPY constraints.txt pyproject.toml README.md LICENSE /src/
COPY github_traffic_dagster /src/github_traffic_dagster
RUN pip install --no-cache-dir -c /src/constraints.txt "/src${EXTRAS}"

# Everything that is kept. A new volume begins as a copy of the image's folder: owned by the user
# that writes, and with the instance's settings.
ENV GITHUB_TRAFFIC_HOME=/data DAGSTER_HOME=/data/dagster_home
RUN useradd --create-home --uid 1000 --user-group traffic \
 && install -d -o traffic -g traffic /data /data/dagster_home \
 && install -o traffic -g traffic -t /data/dagster_home \
    /src/github_traffic_dagster/instance/dagster.yaml
VOLUME /data

USER 1000:1000
WORKDIR /home/traffic
CMD ["github-traffic", "--help"]
