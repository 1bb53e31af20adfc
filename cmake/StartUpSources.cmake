# CLI11 is all templates: optimised and instrumented, a file that adds options compiles for 40 seconds,
# and it runs once, at the start. Where speed counts such a file is compiled like any other, since the
# linker may take its copy of a string's function for all.
function(compile_quickly)
  if(RINGCACHED_SANITIZE)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-O0;-g1")
  endif()
endfunction()
