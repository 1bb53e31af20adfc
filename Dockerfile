# docker build -t ringcached .

FROM debian:12-slim AS build
WORKDIR /src
COPY setup/ setup/
RUN setup/install-packages setup/packages-build
COPY . .
# Without -g: the image has no symbols.
RUN cmake --preset release -D RINGCACHED_TESTS=OFF -D RINGCACHED_BENCH=OFF \
      -D CMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -DNDEBUG" \
 && cmake --build --preset release \
 && DESTDIR=/staging cmake --install build/release --prefix /usr/local --strip \
 && rm -r /staging/usr/local/share

FROM debian:12-slim
# The server needs the C library alone; these two are for its admin port.
# A user that owns nothing. --no-log-init: lastlog would grow with the user's number.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libcpp-httplib0.11 libprometheus-cpp-core1.0 \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 11211 --no-create-home --no-log-init --shell /usr/sbin/nologin ringcached
COPY --from=build /staging/usr/local/ /usr/local/
COPY config/container/healthcheck /usr/local/bin/ringcached-healthcheck
USER 11211
# 9150 answers where --admin=0.0.0.0:9150 is given.
EXPOSE 11211 9150
# With another -p, or for a server on a Unix socket alone, give a health check of your own:
# docker run --health-cmd 'ringcached-healthcheck PORT'
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["ringcached-healthcheck"]
# Arguments of `docker run` are added to these: docker run -p 127.0.0.1:11211:11211 ringcached -m 1024
ENTRYPOINT ["ringcached", "-l", "0.0.0.0"]
