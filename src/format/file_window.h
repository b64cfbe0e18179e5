/* file_window.h: a window of bytes that slides over a part of a file, so that small pieces do not each cost a read. */
#ifndef VONK_FORMAT_FILE_WINDOW_H
#define VONK_FORMAT_FILE_WINDOW_H

#include "base/buffer.h"
#include "fs/fs.h"

struct vonk_file_window {
  struct vonk_file *file;        /* borrowed */
  uint64_t offset, end;          /* of what is left of the part, in the file; the owner moves OFFSET on as it takes bytes */
  struct vonk_buffer *buffer;
  uint64_t buffer_offset;
};

/* SIZE bytes from the offset on, or as many as there are, in place until the next call; the offset stays. */
STATUS vonk_file_window_look(struct vonk_task *task, struct vonk_file_window *window, size_t size, const uint8_t **bytes, size_t *got);
void vonk_file_window_deinit(struct vonk_file_window *window);

#endif
