# CLI11 is all templates: optimised, a file that adds options compiles for 20 seconds, and it runs
# once, at the start. `level` is that of builds without sanitizers: _FORTIFY_SOURCE, which packages
# are built with, needs -O1.
function(compile_quickly level)
  if(RINGCACHED_SANITIZE)
    set(level -O0)
  endif()
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${level};-g1")
endfunction()
