/* file_window.c: what was read and not yet taken moves to the front when more is read behind it. */
#include "format/file_window.h"

#include <string.h>

enum { WINDOW_BYTES = 256 * 1024 };

STATUS vonk_file_window_look(struct vonk_task *task, struct vonk_file_window *window, size_t size, const uint8_t **bytes, size_t *got) {
  uint64_t left = window->end - window->offset;
  if (size > left) size = (size_t)left;
  *got = size;
  uint64_t have_from = window->buffer_offset, have_to = window->buffer ? have_from + window->buffer->size : 0;
  if (window->buffer && window->offset >= have_from && window->offset + size <= have_to) {
    *bytes = window->buffer->data + (window->offset - have_from);
    return VONK_OK;
  }
  size_t want = size > WINDOW_BYTES ? size : WINDOW_BYTES;
  if (want > left) want = (size_t)left;
  size_t kept = 0;
  if (window->buffer && window->offset >= have_from && window->offset < have_to) kept = (size_t)(have_to - window->offset);
  if (!window->buffer || window->buffer->capacity < want) {
    struct vonk_buffer *larger;
    TRY(vonk_buffer_create(task->budget, want, &larger));
    if (kept) memcpy(larger->data, window->buffer->data + (window->offset - have_from), kept);
    vonk_buffer_release(window->buffer);
    window->buffer = larger;
  } else if (kept) {
    memmove(window->buffer->data, window->buffer->data + (window->offset - have_from), kept);
  }
  window->buffer_offset = window->offset;
  window->buffer->size = kept;
  TRY(vonk_file_read(task, window->file, window->offset + kept, want - kept, window->buffer->data + kept));
  window->buffer->size = want;
  *bytes = window->buffer->data;
  return VONK_OK;
}

void vonk_file_window_deinit(struct vonk_file_window *window) {
  vonk_buffer_release(window->buffer);
  window->buffer = NULL;
}
