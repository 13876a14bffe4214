# One image for all services: the build argument SERVICE picks which one runs. It comes last, so
# that the images of all services share every layer and are built once.

FROM debian:bookworm-slim AS build
WORKDIR /gavel
COPY scripts/common.bash scripts/run scripts/
RUN scripts/run --install-only
COPY . .
RUN scripts/run --build-only && strip build/run/gavel

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libcpp-httplib0.11 libprometheus-cpp-core1.0 libspdlog1.10 \
        libsqlite3-0 libssl3 libzstd1 zlib1g \
    && apt-get clean && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin gavel \
    && install --directory --owner gavel --group gavel /data
COPY --from=build /gavel/build/run/gavel /usr/local/bin/gavel
USER gavel
WORKDIR /data
VOLUME /data
ENV DATA_DIR=/data
ENTRYPOINT ["gavel"]
ARG SERVICE
ENV SERVICE=$SERVICE
