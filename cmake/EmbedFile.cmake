# Writes a header that defines a file's text as a char array: cmake -D INPUT=... -D OUTPUT=...
# -D NAME=... -P EmbedFile.cmake. In pieces, since compilers need take no longer literal than 64 KiB.
file(READ ${INPUT} text HEX)
string(LENGTH "${text}" length)
set(pieces "")
foreach(start RANGE 0 ${length} 64)
  string(SUBSTRING "${text}" ${start} 64 piece)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," piece "${piece}")
  string(APPEND pieces "    ${piece}\n")
endforeach()
file(WRITE ${OUTPUT}
  "// Generated from ${INPUT}.\ninline constexpr char ${NAME}[] = {\n${pieces}    '\\0'};\n")
