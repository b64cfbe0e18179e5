# libraries.cmake: the Debian libraries of scripts/packages.txt, as the interface library vonk_external.
#
# find_library fails here, with the package's name, rather than in the linker. Archives come before shared libraries: a process with fifteen
# of those spends more time on finding their symbols than on a small query (2.7 ms of CPU for --version, 1.2 ms without).

add_library(vonk_external INTERFACE)
function(vonk_need package)
  foreach(name IN LISTS ARGN)
    find_library(VONK_EXTERNAL_${name} NAMES lib${name}.a ${name})
    if(NOT VONK_EXTERNAL_${name})
      message(FATAL_ERROR "lib${name} is missing: apt-get install ${package} (or run scripts/install)")
    endif()
    target_link_libraries(vonk_external INTERFACE ${VONK_EXTERNAL_${name}})
  endforeach()
endfunction()

vonk_need(libzstd-dev zstd)
vonk_need(liblz4-dev lz4)
vonk_need(libsnappy-dev snappy)
vonk_need(zlib1g-dev z)
vonk_need(libbz2-dev bz2)
vonk_need(liblzma-dev lzma)
vonk_need(libdeflate-dev deflate)
vonk_need(libbrotli-dev brotlidec brotlienc brotlicommon)
vonk_need(libxxhash-dev xxhash)
vonk_need(libpcre2-dev pcre2-8)
vonk_need(libedit-dev edit)
vonk_need(libedit-dev tinfo bsd md) # the packages of these come with libedit-dev
vonk_need(libnghttp2-dev nghttp2)
vonk_need(libssl-dev ssl crypto)
# libcurl is opened by net/curl.c when something is fetched; the build needs its header.
find_path(VONK_CURL_HEADER curl/curl.h)
if(NOT VONK_CURL_HEADER)
  message(FATAL_ERROR "curl/curl.h is missing: apt-get install libcurl4-openssl-dev (or run scripts/install)")
endif()
# libicu is opened by func/unicode.c when a letter beyond ASCII changes its case.
# snappy's language.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libstdc++.a OUTPUT_VARIABLE VONK_LIBSTDCXX OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT IS_ABSOLUTE "${VONK_LIBSTDCXX}")
  message(FATAL_ERROR "libstdc++.a is missing: apt-get install libstdc++-12-dev (or run scripts/install)")
endif()
target_link_libraries(vonk_external INTERFACE ${VONK_LIBSTDCXX} gcc_eh m dl)
