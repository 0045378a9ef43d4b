# docker build -t alert-gateway .
FROM swift:6.3-bookworm AS build
WORKDIR /source
COPY . .
RUN make build

FROM debian:bookworm-slim
COPY packaging/runtime-packages /tmp/
RUN apt-get update \
    && xargs apt-get install -y --no-install-recommends </tmp/runtime-packages \
    && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages
COPY --from=build /source/.build/release/gateway /usr/bin/gateway
COPY rules.yaml rules.schema.json /etc/alert-gateway/
RUN useradd --uid 10001 --no-create-home gateway \
    && install -d -o gateway -g gateway -m 700 /var/lib/alert-gateway
USER gateway
WORKDIR /var/lib/alert-gateway
VOLUME /var/lib/alert-gateway
EXPOSE 8080
# Whether it can do its work. A source or a receiver that fails is none of its faults: `gateway status` tells of these.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["gateway", "status", "--ready"]
ENTRYPOINT ["gateway"]
CMD ["run", "--rules", "/etc/alert-gateway/rules.yaml"]
