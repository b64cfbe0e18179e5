/* python_shim.h: the text of python/vonk_worker/worker.py, built in (cmake/embed.cmake). */
#ifndef VONK_EXEC_PYTHON_SHIM_H
#define VONK_EXEC_PYTHON_SHIM_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t vonk_python_shim[];
extern const size_t vonk_python_shim_size;

#endif
