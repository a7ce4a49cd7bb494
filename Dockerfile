# syntax=docker/dockerfile:1
# The service without a PostgreSQL server of its own: give it one by ConnectionStrings__OpsBackup.
#
#   docker build -t ops-backup .
#   docker run --network host -e ConnectionStrings__OpsBackup='Host=…;Database=ops_backup;Username=…;Password=…' \
#     -v db-backups:/data/db-backups -v ops-backup:/var/lib/ops-backup ops-backup
#
# It listens on loopback only, so a published port leads nowhere: use the host's network, or the network of a container with
# a proxy that asks for a password (--network container:NAME).

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# What decides the restore first: a change of code alone then reuses that layer.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/Ops.Backup.Domain/*.csproj src/Ops.Backup.Domain/
COPY src/Ops.Backup.Application/*.csproj src/Ops.Backup.Application/
COPY src/Ops.Backup.Infrastructure/*.csproj src/Ops.Backup.Infrastructure/
COPY src/Ops.Backup.Api/*.csproj src/Ops.Backup.Api/
COPY migrations/Ops.Backup.Migrations/*.csproj migrations/Ops.Backup.Migrations/
RUN dotnet restore src/Ops.Backup.Api
COPY src/ src/
COPY migrations/ migrations/
RUN dotnet publish src/Ops.Backup.Api --configuration Release --no-restore --output /app -p:UseAppHost=false

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# tini: the service starts other programs, and somebody has to reap what outlives its parent.
# postgresql-client is the distribution's; pg_dump refuses servers newer than itself, so add a newer client for those.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      age ca-certificates curl postgresql-client rclone tini util-linux zstd \
 && rm -rf /var/lib/apt/lists/*
# app is the base image's ordinary user. The folders belong to it before they become volumes, which take that over.
RUN install -d -o app -g app /data/db-backups /data/db-backups/data /data/db-backups/reports /var/log/db-backup \
 && install -d -o app -g app -m 700 /var/lib/ops-backup
WORKDIR /app
COPY --from=build /app ./
USER app
# Backups; and the keys that stored passwords are encrypted with, without which those are lost.
VOLUME ["/data/db-backups", "/var/lib/ops-backup"]
# The base image's port setting would only be a second, overridden one.
ENV ASPNETCORE_HTTP_PORTS= \
    ASPNETCORE_URLS=http://127.0.0.1:8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD curl --silent --fail --output /dev/null "$ASPNETCORE_URLS/health/ready" || exit 1
ENTRYPOINT ["tini", "--", "dotnet", "Ops.Backup.Api.dll"]
