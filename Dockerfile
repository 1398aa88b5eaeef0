# The image holds one static binary, its license and an empty folder for --db:
# no shell, and nothing that it must write to. It needs no network, no
# capability and no writable file system.
#
# It is compiled on the machine's own platform for the one that is asked for:
# docker build --platform linux/arm64 needs BuildKit (docker buildx, or the
# default of Docker 23 and later), but no emulator. The classic builder knows
# none of the platform's variables and builds for the machine it is on.
FROM --platform=${BUILDPLATFORM:-linux} golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
ARG TARGETOS
ARG TARGETARCH
ENV CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH}
# What takes nearly all of the time, in a layer of its own: it is built again only
# when a dependency changes. The flags have to be those below.
RUN go build -trimpath -tags nethttpomithttp2 modernc.org/sqlite github.com/prometheus/client_golang/prometheus
COPY . .
ARG VERSION=
# These flags are those of .ci/artefacts, so that the binary is the released one,
# bit for bit. The tag leaves out HTTP/2, which needs TLS, and the server has
# none: half a megabyte.
RUN go build -trimpath -buildvcs=false -tags nethttpomithttp2 -ldflags "-s -w -X main.release=${VERSION}" -o /out/mockserver ./cmd/mockserver && \
    mkdir /out/data

FROM scratch
ARG VERSION=
ARG REVISION=
ARG CREATED=
ARG SOURCE=
LABEL org.opencontainers.image.title="mockserver" \
      org.opencontainers.image.description="Local, stateful emulator of the IAI Role Mining API of SailPoint Identity Security Cloud" \
      org.opencontainers.image.version="${VERSION:-devel}" \
      org.opencontainers.image.revision="${REVISION:-unknown}" \
      org.opencontainers.image.created="${CREATED:-1970-01-01T00:00:00Z}" \
      org.opencontainers.image.source="${SOURCE:-unknown}" \
      org.opencontainers.image.authors="The authors of mockserver" \
      org.opencontainers.image.vendor="The authors of mockserver, who are not affiliated with SailPoint" \
      org.opencontainers.image.licenses="MIT"
COPY LICENSE /LICENSE
# A named volume takes over the owner of the folder that it is mounted on.
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/mockserver /mockserver
USER 65532:65532
ENV MOCKSERVER_ADDR=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=2s --start-period=2s --retries=3 CMD ["/mockserver", "healthcheck"]
ENTRYPOINT ["/mockserver"]
