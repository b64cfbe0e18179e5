# flags.cmake: compiler and linker flags of every target, as the interface library vonk_flags.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The presets say everything; CMake's own flags per build type would contradict them.
foreach(type RELEASE DEBUG RELWITHDEBINFO MINSIZEREL)
  set(CMAKE_C_FLAGS_${type} "")
endforeach()
separate_arguments(vonk_optimize UNIX_COMMAND "${VONK_OPTIMIZE}")

find_program(VONK_CCACHE_PROGRAM ccache)
if(VONK_CCACHE AND VONK_CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${VONK_CCACHE_PROGRAM})
endif()

configure_file(${CMAKE_SOURCE_DIR}/cmake/vonk_version.h.in ${CMAKE_BINARY_DIR}/generated/vonk_version.h)

add_library(vonk_flags INTERFACE)
target_include_directories(vonk_flags INTERFACE
  ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/generated)
target_compile_definitions(vonk_flags INTERFACE _GNU_SOURCE)
# Signed overflow is a bug to be found, not a wrap to rely on: no -fwrapv. Arithmetic that may overflow asks the builtins.
target_compile_options(vonk_flags INTERFACE -Wall -Wextra -Werror -fno-strict-aliasing -fno-math-errno -pthread)
# A fused multiply-add rounds once where Java rounds twice, and only some CPU levels have it.
target_compile_options(vonk_flags INTERFACE -ffp-contract=off)
target_link_options(vonk_flags INTERFACE -pthread -Wl,--as-needed)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(VONK_X86 ON)
  set(VONK_BASELINE -march=x86-64-v2)
else()
  set(VONK_X86 OFF)
  set(VONK_BASELINE "")
endif()

if(NOT VONK_ASSERT)
  target_compile_definitions(vonk_flags INTERFACE NDEBUG)
endif()
if(VONK_BATCH_ROWS)
  target_compile_definitions(vonk_flags INTERFACE VONK_BATCH_ROWS=${VONK_BATCH_ROWS})
endif()
if(VONK_SANITIZE)
  target_compile_options(vonk_flags INTERFACE -fsanitize=${VONK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(vonk_flags INTERFACE -fsanitize=${VONK_SANITIZE})
endif()
if(VONK_FUZZ)
  target_compile_options(vonk_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
