# The image holds one static binary and nothing else: no shell, nothing to
# write to. It needs no network, no capability and no writable file system.
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
# The tag leaves out HTTP/2, which needs TLS, and the server has none: half a megabyte.
RUN CGO_ENABLED=0 go build -trimpath -tags nethttpomithttp2 -ldflags "-s -w -X main.release=${VERSION}" -o /out/mockserver ./cmd/mockserver

FROM scratch
ARG VERSION=
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="mockserver" \
      org.opencontainers.image.description="Local, stateful emulator of the IAI Role Mining API of SailPoint Identity Security Cloud" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.documentation="README.md" \
      org.opencontainers.image.base.name="scratch"
COPY --from=build /out/mockserver /mockserver
USER 65532:65532
ENV MOCKSERVER_ADDR=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=2s --timeout=2s --start-period=2s --retries=3 CMD ["/mockserver", "healthcheck"]
ENTRYPOINT ["/mockserver"]
