# Every target of ours links ringcached_options: warnings are errors on g++ and clang, nothing of
# ours throws, and clang checks the lock annotations.
add_library(ringcached_options INTERFACE)
target_include_directories(ringcached_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(ringcached_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-align -Woverloaded-virtual -Wimplicit-fallthrough -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(ringcached_options INTERFACE -Wthread-safety)
endif()
if(RINGCACHED_SANITIZE)
  target_compile_options(ringcached_options INTERFACE
    -fsanitize=${RINGCACHED_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(ringcached_options INTERFACE -fsanitize=${RINGCACHED_SANITIZE})
endif()
