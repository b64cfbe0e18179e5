# folders.cmake: one static library vonk_FOLDER per folder of src/, linked along src/layers.txt.
#
# A unit test of a folder links that folder and what it may use, so it builds while the folders above are broken, and a
# call that layers.txt forbids fails to link.
#
# src/kernel/NAME.level.c is compiled once per CPU level, with VONK_LEVEL=0|1|2 and VONK_SUFFIX=_v2|_v3|_v4: names it
# exports must end in VONK_SUFFIX, and only a table filled at start may call levels 1 and 2. Elsewhere than on x86 there is level 0 alone.

# VONK_FOLDERS: in the order of the file; VONK_MAY_USE_<folder>: what the line names.
macro(vonk_read_layers file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines REGEX "^[a-z]")
  set(VONK_FOLDERS "")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([a-z0-9_]+): *(.*)$" matched "${line}")
    list(APPEND VONK_FOLDERS ${CMAKE_MATCH_1})
    string(REPLACE " " ";" VONK_MAY_USE_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  endforeach()
endmacro()

# VONK_LIBRARY_FOLDERS: those with sources. A folder without sources passes on what it may use.
macro(vonk_add_folders)
  set(VONK_LIBRARY_FOLDERS "")
  foreach(folder IN LISTS VONK_FOLDERS)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.c)
    list(FILTER sources EXCLUDE REGEX "\\.level\\.c$")
    if(folder STREQUAL "main")
      continue()
    elseif(sources)
      add_library(vonk_${folder} STATIC ${sources})
      target_compile_options(vonk_${folder} PRIVATE ${vonk_optimize} ${VONK_BASELINE})
      target_link_libraries(vonk_${folder} PUBLIC vonk_external PRIVATE vonk_flags)
      list(APPEND VONK_LIBRARY_FOLDERS ${folder})
      set(kind PUBLIC)
    else()
      add_library(vonk_${folder} INTERFACE)
      set(kind INTERFACE)
    endif()
    foreach(other IN LISTS VONK_MAY_USE_${folder} ITEMS base)
      if(NOT other STREQUAL folder)
        target_link_libraries(vonk_${folder} ${kind} vonk_${other})
      endif()
    endforeach()
  endforeach()
  vonk_add_levels()
endmacro()

# VONK_LEVEL_OBJECTS: the objects of all levels. They join vonk_kernel, but are not among its TARGET_OBJECTS.
macro(vonk_add_levels)
  set(VONK_LEVEL_OBJECTS "")
  file(GLOB_RECURSE level_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernel/*.level.c)
  string(REGEX REPLACE "-O[23]" "-O3" level_optimize "${vonk_optimize}")
  if(level_sources)
    vonk_add_level(0 _v2 ${VONK_BASELINE})
    if(VONK_X86)
      vonk_add_level(1 _v3 -march=x86-64-v3)
      vonk_add_level(2 _v4 -march=x86-64-v4 -mavx512vbmi -mavx512vbmi2)
    endif()
  endif()
endmacro()

macro(vonk_add_level level suffix)
  add_library(vonk_kernel${suffix} OBJECT ${level_sources})
  target_compile_definitions(vonk_kernel${suffix} PRIVATE VONK_LEVEL=${level} VONK_SUFFIX=${suffix})
  target_compile_options(vonk_kernel${suffix} PRIVATE ${level_optimize} ${ARGN})
  target_link_libraries(vonk_kernel${suffix} PRIVATE vonk_flags)
  target_sources(vonk_kernel PRIVATE $<TARGET_OBJECTS:vonk_kernel${suffix}>)
  list(APPEND VONK_LEVEL_OBJECTS $<TARGET_OBJECTS:vonk_kernel${suffix}>)
endmacro()
