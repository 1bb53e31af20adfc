# Writes OUTPUT, a header with VERSION and the git commit of SOURCE_DIR.
execute_process(
  COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE commit
  OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  set(commit unknown)
endif()

file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#ifndef RINGCACHED_VERSION_H_
#define RINGCACHED_VERSION_H_

#define RINGCACHED_VERSION "@VERSION@"
#define RINGCACHED_COMMIT "@commit@"

#endif  // RINGCACHED_VERSION_H_
]])
