# All dependencies are system packages; setup/packages-build lists their Debian names.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)

# Each shared library costs every process some dozen KiB for its tables and for the pages that are
# touched of it, abseil's two dozen of them more than all our code. So what comes as a static library
# too is linked from that; what does not is used as it is.
option(RINGCACHED_STATIC_LIBRARIES "Prefer static libraries, the C library aside" ON)
if(RINGCACHED_STATIC_LIBRARIES)
  include(cmake/StaticImports.cmake)
  prefer_static_imports(absl::)
endif()

find_path(JEMALLOC_INCLUDE_DIR jemalloc/jemalloc.h REQUIRED)

# The cross-compilation check links nothing, so it needs headers only. The sanitizers replace malloc
# with their own, so jemalloc stays out of their builds.
if(NOT RINGCACHED_STORAGE_PROTOCOL_ONLY)
  if(NOT RINGCACHED_SANITIZE)
    find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
    find_library(JEMALLOC_STATIC_LIBRARY libjemalloc_pic.a)
    if(RINGCACHED_STATIC_LIBRARIES AND JEMALLOC_STATIC_LIBRARY)
      set(JEMALLOC_LIBRARY ${JEMALLOC_STATIC_LIBRARY})
    endif()
  endif()
  find_path(LIBURING_INCLUDE_DIR liburing.h REQUIRED)
  find_library(LIBURING_LIBRARY uring REQUIRED)
  find_library(LIBURING_STATIC_LIBRARY liburing.a)
  if(RINGCACHED_STATIC_LIBRARIES AND LIBURING_STATIC_LIBRARY)
    set(LIBURING_LIBRARY ${LIBURING_STATIC_LIBRARY})
  endif()
  find_package(CLI11 REQUIRED)

  # Of the admin module alone. httplib's macros decide what its classes look like, and only
  # pkg-config knows those that it was built with.
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
  find_package(nlohmann_json REQUIRED)
  find_path(PROMETHEUS_INCLUDE_DIR prometheus/text_serializer.h REQUIRED)
  find_library(PROMETHEUS_CORE_LIBRARY prometheus-cpp-core REQUIRED)
endif()
