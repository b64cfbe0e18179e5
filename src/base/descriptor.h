/* descriptor.h: file descriptors that outlive their process for a moment. */
#ifndef VONK_BASE_DESCRIPTOR_H
#define VONK_BASE_DESCRIPTOR_H

#include <stddef.h>

/* A process of its own keeps the files open for SECONDS: who closes them meanwhile does not wait until the system has given up their
 * room. It holds nothing else and is nobody's to wait for. Sorts DESCRIPTORS. When the system refuses, nothing happens. */
void vonk_descriptors_hold(int *descriptors, size_t count, unsigned seconds);

#endif
