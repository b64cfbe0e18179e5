# libraries.cmake: the Debian libraries of scripts/packages.txt, as the interface library vonk_external.
#
# find_library fails here, with the package's name, rather than in the linker.

add_library(vonk_external INTERFACE)
function(vonk_need package)
  foreach(name IN LISTS ARGN)
    find_library(VONK_LIBRARY_${name} ${name})
    if(NOT VONK_LIBRARY_${name})
      message(FATAL_ERROR "lib${name} is missing: apt-get install ${package} (or run scripts/install)")
    endif()
    target_link_libraries(vonk_external INTERFACE ${VONK_LIBRARY_${name}})
  endforeach()
endfunction()

vonk_need(libzstd-dev zstd)
vonk_need(liblz4-dev lz4)
vonk_need(libsnappy-dev snappy)
vonk_need(zlib1g-dev z)
vonk_need(libdeflate-dev deflate)
vonk_need(libbrotli-dev brotlidec brotlienc)
vonk_need(libxxhash-dev xxhash)
vonk_need(libicu-dev icui18n icuuc)
vonk_need(libpcre2-dev pcre2-8)
vonk_need(libedit-dev edit)
vonk_need(libssl-dev ssl crypto)
target_link_libraries(vonk_external INTERFACE m dl)
