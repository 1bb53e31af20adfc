# ringcached_version: <ringcached_version.h>, generated in the build directory, defines
# RINGCACHED_VERSION ("0.1.0") and RINGCACHED_COMMIT ("1a2b3c4d5e6f", "-dirty" appended when tracked
# files differ from it, "unknown" outside a git checkout). The commit is read at every build and the
# header is rewritten only when it changed.
set(ringcached_generated_dir ${PROJECT_BINARY_DIR}/generated)
add_custom_target(ringcached_write_version
  COMMAND ${CMAKE_COMMAND}
          -D VERSION=${PROJECT_VERSION}
          -D SOURCE_DIR=${PROJECT_SOURCE_DIR}
          -D OUTPUT=${ringcached_generated_dir}/ringcached_version.h
          -P ${PROJECT_SOURCE_DIR}/cmake/WriteVersion.cmake
  BYPRODUCTS ${ringcached_generated_dir}/ringcached_version.h
  COMMENT "Reading the version"
  VERBATIM)

add_library(ringcached_version INTERFACE)
add_dependencies(ringcached_version ringcached_write_version)
target_include_directories(ringcached_version INTERFACE ${ringcached_generated_dir})
