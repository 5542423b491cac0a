# One static binary in an empty image: no shell, no package manager, no root.
#
#   docker build -t stakeout --build-arg VERSION=0.1.0 .
#   docker run -d --name stakeout --read-only --cap-drop ALL \
#     --security-opt no-new-privileges -v stakeout:/data \
#     -v ./stakeout.yaml:/etc/stakeout.yaml:ro -e STAKEOUT_CONFIG=/etc/stakeout.yaml \
#     -v ./slack.token:/run/secrets/slack:ro \
#     -e STAKEOUT_SLACK_TOKEN_FILE=/run/secrets/slack \
#     -e STAKEOUT_WEB_LISTEN=0.0.0.0:8080 -p 127.0.0.1:8080:8080 \
#     stakeout
#
# Only /data is written. The page asks for no password: publish its port on
# loopback, as above, or behind a proxy that asks for one. The files brought in
# must be readable for user 65532, a secret for no one else.

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=devel
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X stakeout/cli.release=$VERSION" -o /out/stakeout . \
    && mkdir -m 0700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/stakeout /stakeout
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# Temporary files may hold message text: they stay in the one protected folder.
ENV STAKEOUT_DATA=/data TMPDIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["/stakeout", "status", "--running"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/stakeout"]
CMD ["run"]
