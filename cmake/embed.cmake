# embed.cmake: files that are built in: vonk_embed(TARGET NAME HEADER FILE) defines the bytes NAME[] and NAME_size that HEADER declares.
function(vonk_embed target name header file)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  set(made ${CMAKE_BINARY_DIR}/embedded/${name}.c)
  file(CONFIGURE OUTPUT ${made} @ONLY CONTENT "#include \"@header@\"\nconst uint8_t @name@[] = {@bytes@};\nconst size_t @name@_size = sizeof @name@;\n")
  target_sources(${target} PRIVATE ${made})
endfunction()
