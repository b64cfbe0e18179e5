/* pack_stream.h: bytes to one whole compressed stream, of the kinds that unpack_stream.h reads. */
#ifndef VONK_WIRE_PACK_STREAM_H
#define VONK_WIRE_PACK_STREAM_H

#include "base/buffer.h"
#include "wire/unpack_stream.h"

/* One stream of IN behind what OUT holds. False: no memory, which OUT's budget refused. */
bool vonk_pack(enum vonk_stream_codec codec, struct vonk_str in, struct vonk_buffer **out);
/* Decompressing streams of DEFLATE are not read one behind the other by all: one stream of many calls. STATE begins as NULL and is freed by
 * the call with LAST, or by vonk_pack_deflate_abort. */
struct vonk_deflate;
bool vonk_pack_deflate(struct vonk_deflate **state, struct vonk_str in, bool last, struct vonk_buffer **out);
/* Takes NULL. */
void vonk_pack_deflate_abort(struct vonk_deflate *state);

#endif
