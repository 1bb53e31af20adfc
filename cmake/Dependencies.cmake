# All dependencies are system packages; setup/packages-build lists their Debian names.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)

find_path(JEMALLOC_INCLUDE_DIR jemalloc/jemalloc.h REQUIRED)

# The cross-compilation check links nothing, so it needs headers only. The sanitizers replace malloc
# with their own, so jemalloc stays out of their builds.
if(NOT RINGCACHED_STORAGE_PROTOCOL_ONLY)
  if(NOT RINGCACHED_SANITIZE)
    find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  endif()
  find_path(LIBURING_INCLUDE_DIR liburing.h REQUIRED)
  find_library(LIBURING_LIBRARY uring REQUIRED)
  find_package(CLI11 REQUIRED)
endif()
