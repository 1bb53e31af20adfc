FROM debian:12-slim AS build
WORKDIR /src
COPY setup/ setup/
RUN setup/install-packages setup/packages-build
COPY . .
RUN cmake --preset release -D RINGCACHED_TESTS=OFF -D RINGCACHED_BENCH=OFF \
 && cmake --build --preset release --target ringcached \
 && strip -o /ringcached build/release/server/ringcached

FROM debian:12-slim
# The server needs no library but the C library. A user that owns nothing.
RUN useradd --uid 11211 --no-create-home --shell /usr/sbin/nologin ringcached
COPY --from=build /ringcached /usr/local/bin/ringcached
USER 11211
# 9150 answers where --admin=0.0.0.0:9150 is given.
EXPOSE 11211 9150
# Arguments of `docker run` are added to these: docker run -p 11211:11211 ringcached -m 1024
ENTRYPOINT ["ringcached", "-l", "0.0.0.0"]
