/* sanitizer.h: tells AddressSanitizer which bytes of our own allocators are in use; nothing in other builds. */
#ifndef VONK_BASE_SANITIZER_H
#define VONK_BASE_SANITIZER_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define VONK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VONK_ASAN 1
#endif
#endif

#ifdef VONK_ASAN
#include <sanitizer/asan_interface.h>
static inline void vonk_memory_hide(void *bytes, size_t byte_size) { __asan_poison_memory_region(bytes, byte_size); }
static inline void vonk_memory_show(void *bytes, size_t byte_size) { __asan_unpoison_memory_region(bytes, byte_size); }
#else
static inline void vonk_memory_hide(void *bytes, size_t byte_size) { (void)bytes, (void)byte_size; }
static inline void vonk_memory_show(void *bytes, size_t byte_size) { (void)bytes, (void)byte_size; }
#endif

#endif
