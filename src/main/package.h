/* package.h: files of python/vonk that are built in (cmake/embed.cmake): what `vonk submit` gives to the program it runs. */
#ifndef VONK_MAIN_PACKAGE_H
#define VONK_MAIN_PACKAGE_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t vonk_package_init[], vonk_package_binary[], vonk_package_classic[], vonk_package_servers[], vonk_package_sessions[],
    vonk_package_submitted[];
extern const size_t vonk_package_init_size, vonk_package_binary_size, vonk_package_classic_size, vonk_package_servers_size, vonk_package_sessions_size,
    vonk_package_submitted_size;

#endif
