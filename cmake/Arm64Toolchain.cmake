# Compiles for arm64 with Debian's cross compiler. Only static libraries of ours are built, so the
# headers of the host's dependencies are enough: abseil's and jemalloc's do not differ between
# 64-bit little-endian machines.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(absl_DIR /usr/lib/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu/cmake/absl)
