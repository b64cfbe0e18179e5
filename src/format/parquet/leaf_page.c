/* leaf_page.c: from the bytes of a column chunk to the current page: header, checksum, codec, levels, values.
 *
 * A window of file bytes slides over the chunk. Bodies are decompressed from it into the page's own buffer, which views and
 * plain values point into; uncompressed bodies are read straight there.
 */
#include <string.h>
#include <zlib.h>

#include "base/array.h"
#include "base/bits.h"
#include "format/parquet/leaf.h"
#include "wire/compress.h"

enum { HEADER_GUESS = 256, HEADER_MAX = 16 << 20 };

static STATUS malformed(struct vonk_task *task, const struct parquet_leaf *leaf, const char *reason) {
  return parquet_malformed(task, &leaf->source, reason);
}

/* A page met: its header, and its body once it is there. */
struct page {
  struct parquet_page_header header;
  struct vonk_page_key key;
  size_t header_size;
  struct vonk_buffer *body;      /* of the cache, until it is taken */
};

/* What the cache keeps of a page beside its body. */
struct kept_head {
  struct parquet_page_header header;
  uint32_t header_size;
};
_Static_assert(sizeof(struct kept_head) <= VONK_PAGE_HEAD_BYTES, "a page's head fits the cache");

static bool find_kept(struct parquet_leaf *leaf, struct page *page) {
  struct vonk_page_head head;
  struct kept_head kept;
  *page = (struct page){.key = {leaf->pages.number, leaf->window.offset}};
  if (!leaf->pages.cache) return false;
  page->body = vonk_page_cache_find(leaf->pages.cache, page->key, &head);
  if (!page->body) return false;
  memcpy(&kept, head.bytes, sizeof kept);
  page->header = kept.header;
  page->header_size = kept.header_size;
  leaf->window.offset += kept.header_size;
  return true;
}

static void keep_page(struct parquet_leaf *leaf, const struct page *page, struct vonk_buffer *body) {
  struct kept_head kept = {page->header, (uint32_t)page->header_size};
  struct vonk_page_head head = {{0}};
  memcpy(head.bytes, &kept, sizeof kept);
  vonk_page_cache_keep(leaf->pages.cache, page->key, &head, body);
}

static STATUS next_header(struct vonk_task *task, struct parquet_leaf *leaf, struct page *page) {
  struct parquet_page_header *h = &page->header;
  if (leaf->window.offset >= leaf->window.end) return malformed(task, leaf, "the column chunk ends before its rows do");
  if (find_kept(leaf, page)) return VONK_OK;
  for (size_t guess = HEADER_GUESS;; guess *= 8) {
    const uint8_t *bytes;
    size_t got;
    TRY(vonk_file_window_look(task, &leaf->window, guess, &bytes, &got));
    if (parquet_page_header_read(bytes, got, h, &page->header_size)) {
      leaf->window.offset += page->header_size;
      break;
    }
    if (got < guess || guess > HEADER_MAX) return malformed(task, leaf, "a page header is malformed");
  }
  if ((uint64_t)h->compressed_size > leaf->window.end - leaf->window.offset) return malformed(task, leaf, "a page is longer than its column chunk");
  if (h->kind != PARQUET_INDEX_PAGE && h->kind != PARQUET_DICTIONARY_PAGE && h->kind != PARQUET_DATA_PAGE && h->kind != PARQUET_DATA_PAGE_V2)
    return malformed(task, leaf, "a page has an unknown type");
  return VONK_OK;
}

static void pass_by(struct parquet_leaf *leaf, struct page *page) {
  vonk_buffer_release(page->body);
  leaf->window.offset += (uint64_t)page->header.compressed_size;
}

/* OUT's bytes from BYTES of the file; the first KEPT are stored plain. */
static bool unpack(const struct parquet_leaf *leaf, const uint8_t *bytes, size_t in_size, size_t kept, bool compressed, struct vonk_buffer *out) {
  bool fine = true;
  memcpy(out->data, bytes, compressed ? kept : in_size);
  if (compressed && out->size > kept) fine = vonk_decompress((enum vonk_codec)leaf->chunk->codec, bytes + kept, in_size - kept, out->data + kept, out->size - kept);
  memset(out->data + out->size, 0, 8);
  return fine;
}

/* The page's body, decompressed; its first KEPT bytes are stored plain (levels of version 2). */
static STATUS read_body(struct vonk_task *task, struct parquet_leaf *leaf, const struct page *page, size_t kept, bool compressed, struct vonk_buffer **out) {
  const struct parquet_page_header *h = &page->header;
  size_t in_size = (size_t)h->compressed_size, out_size = compressed ? (size_t)h->uncompressed_size : in_size;
  if (page->body) {
    *out = page->body;
    leaf->window.offset += in_size;
    return VONK_OK;
  }
  if (kept > in_size || kept > out_size) return malformed(task, leaf, "a page's levels are longer than the page");
  const uint8_t *bytes;
  size_t got;
  TRY(vonk_file_window_look(task, &leaf->window, in_size, &bytes, &got));
  if (leaf->pages.verify && h->has_crc && crc32(0, bytes, (uInt)in_size) != h->crc) return malformed(task, leaf, "a page's checksum is wrong: its bytes are corrupt");
  struct vonk_buffer *body = leaf->pages.cache ? vonk_page_cache_room(leaf->pages.cache, page->key, out_size) : NULL;
  bool keep = body;
  if (!keep) TRY(vonk_buffer_create(task->budget, out_size, &body));
  *out = body;
  body->size = out_size;
  leaf->window.offset += in_size;
  if (!unpack(leaf, bytes, in_size, kept, compressed, body)) return malformed(task, leaf, "a page cannot be decompressed");
  if (keep) keep_page(leaf, page, body);
  return VONK_OK;
}

static STATUS read_dictionary(struct vonk_task *task, struct parquet_leaf *leaf, const struct page *found) {
  struct vonk_buffer *page = NULL, *decoded = NULL;
  const uint8_t *values;
  uint32_t count = (uint32_t)found->header.value_count;
  enum vonk_status status = read_body(task, leaf, found, 0, leaf->chunk->codec != VONK_CODEC_NONE, &page);
  if (status == VONK_OK && found->header.encoding != PARQUET_PLAIN && found->header.encoding != PARQUET_PLAIN_DICTIONARY)
    status = malformed(task, leaf, "the dictionary has an unknown encoding");
  if (status == VONK_OK) status = parquet_decode(task, &leaf->source, PARQUET_PLAIN, page->data, page->size, count, &decoded, &values);
  if (status == VONK_OK && leaf->node->physical == VONK_PHYSICAL_BOOL) status = malformed(task, leaf, "a boolean column has a dictionary");
  if (status == VONK_OK && ((uintptr_t)values & 15) && !decoded) status = malformed(task, leaf, "the dictionary is not aligned");
  if (status != VONK_OK) {
    vonk_buffer_release(page), vonk_buffer_release(decoded);
    return status;
  }
  struct vonk_column entries = {.type = leaf->node->type, .encoding = VONK_FLAT, .physical = leaf->node->physical, .data = values};
  struct vonk_buffer *buffers[2] = {page, decoded};
  return vonk_dictionary_create(task, &entries, count, buffers, 2, &leaf->dictionary);
}

/* The older packing of levels, most significant bit first. */
static bool bit_packed_levels(const uint8_t *bytes, size_t size, uint32_t width, uint32_t count, uint8_t *out) {
  if (((uint64_t)count * width + 7) / 8 > size) return false;
  uint64_t bit = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t value = 0;
    for (uint32_t k = 0; k < width; k++, bit++) value = value << 1 | (bytes[bit >> 3] >> (7 - (bit & 7)) & 1);
    out[i] = (uint8_t)value;
  }
  return true;
}

static bool expand_levels(struct parquet_hybrid h, uint32_t count, uint32_t max, uint8_t *out) {
  uint32_t chunk[256];
  for (uint32_t done = 0; done < count;) {
    uint32_t take = count - done < 256 ? count - done : 256;
    uint32_t largest;
    if (!parquet_hybrid_read(&h, chunk, take, &largest) || largest > max) return false;
    for (uint32_t i = 0; i < take; i++) out[done + i] = (uint8_t)chunk[i];
    done += take;
  }
  return true;
}

static uint32_t width_of(uint32_t max) { return max ? 32 - (uint32_t)__builtin_clz(max) : 0; }

/* The bytes of one kind of levels, taken from R. SIZE is that of version 2, or negative. */
static struct vonk_bytes level_bytes(struct vonk_bytes *r, int32_t size, int32_t encoding, uint32_t width, uint32_t count) {
  if (size >= 0) return vonk_bytes_sub(r, (size_t)size);
  if (encoding == PARQUET_BIT_PACKED) return vonk_bytes_sub(r, ((size_t)count * width + 7) / 8);
  return vonk_bytes_sub(r, vonk_bytes_u32(r));
}

static bool read_level_array(struct vonk_bytes bytes, int32_t encoding, uint32_t max, uint32_t count, uint8_t *out) {
  if (bytes.failed) return false;
  if (encoding == PARQUET_BIT_PACKED) return bit_packed_levels(bytes.data, bytes.size, width_of(max), count, out);
  return expand_levels(parquet_hybrid_of(bytes.data, bytes.size, width_of(max)), count, max, out);
}

static STATUS read_levels(struct vonk_task *task, struct parquet_leaf *leaf, const struct parquet_page_header *h, struct vonk_bytes *r) {
  bool v2 = h->kind == PARQUET_DATA_PAGE_V2;
  uint32_t count = leaf->entry_count;
  vonk_buffer_release(leaf->levels);
  leaf->levels = NULL, leaf->definitions = leaf->repetitions = NULL, leaf->valid = NULL;
  leaf->value_count = count;
  struct vonk_bytes repetitions = {0}, definitions = {0};
  if (leaf->max_repetition || v2) repetitions = level_bytes(r, v2 ? h->repetition_bytes : -1, h->repetition_encoding, width_of(leaf->max_repetition), count);
  if (leaf->max_definition || v2) definitions = level_bytes(r, v2 ? h->definition_bytes : -1, h->definition_encoding, width_of(leaf->max_definition), count);
  if (r->failed || repetitions.failed || definitions.failed) return malformed(task, leaf, "a page's levels are longer than the page");
  bool flat = leaf->max_repetition == 0 && leaf->max_definition <= 1;
  if (leaf->max_definition == 0) return VONK_OK;
  if (flat && h->definition_encoding != PARQUET_BIT_PACKED) {
    struct parquet_hybrid runs = parquet_hybrid_of(definitions.data, definitions.size, 1);
    if (parquet_hybrid_constant(&runs, 1, count)) return VONK_OK;
  }
  size_t room = (size_t)count + 128;
  TRY(vonk_buffer_create(task->budget, room * 3, &leaf->levels));
  uint8_t *d = leaf->levels->data, *p = d + room;
  if (!read_level_array(definitions, h->definition_encoding, leaf->max_definition, count, d)) return malformed(task, leaf, "a page's definition levels are malformed");
  if (leaf->max_repetition) {
    if (!read_level_array(repetitions, h->repetition_encoding, leaf->max_repetition, count, p)) return malformed(task, leaf, "a page's repetition levels are malformed");
  } else {
    memset(p, 0, count);
  }
  uint32_t present = 0;
  for (uint32_t i = 0; i < count; i++) present += d[i] == leaf->max_definition;
  leaf->value_count = present;
  leaf->definitions = d, leaf->repetitions = p;
  if (flat) {
    uint64_t *words = (uint64_t *)(void *)(d + (2 * room + 63) / 64 * 64);
    vonk_bits_pack_bytes(d, count, words);
    leaf->valid = words;
  }
  return VONK_OK;
}

/* Views of the batch under way may point into BUFFER: it lives until the next read. */
static STATUS keep_for_batch(struct vonk_task *task, struct parquet_leaf *leaf, struct vonk_buffer **buffer) {
  if (*buffer && leaf->node->physical == VONK_PHYSICAL_VIEW) {
    size_t used = leaf->kept_count * sizeof *buffer;
    if (!leaf->kept) TRY(vonk_buffer_create(task->budget, 32 * sizeof *buffer, &leaf->kept));
    leaf->kept->size = used;
    if (used + sizeof *buffer > leaf->kept->capacity) TRY(vonk_buffer_grow(&leaf->kept, used * 2));
    ((struct vonk_buffer **)(void *)leaf->kept->data)[leaf->kept_count++] = *buffer;
  } else {
    vonk_buffer_release(*buffer);
  }
  *buffer = NULL;
  return VONK_OK;
}

/* Pages without codes never need the dictionary, so it is read late. */
static STATUS need_dictionary(struct vonk_task *task, struct parquet_leaf *leaf) {
  if (leaf->dictionary) return VONK_OK;
  if (!leaf->dictionary_offset) return malformed(task, leaf, "a page wants a dictionary, but the column chunk has none");
  uint64_t offset = leaf->window.offset;
  struct page page;
  leaf->window.offset = leaf->dictionary_offset;
  TRY(next_header(task, leaf, &page));
  TRY(read_dictionary(task, leaf, &page));
  leaf->window.offset = offset;
  return VONK_OK;
}

static STATUS load_page(struct vonk_task *task, struct parquet_leaf *leaf, const struct page *page) {
  const struct parquet_page_header *h = &page->header;
  bool v2 = h->kind == PARQUET_DATA_PAGE_V2;
  size_t kept = v2 ? (size_t)h->definition_bytes + (size_t)h->repetition_bytes : 0;
  bool compressed = leaf->chunk->codec != VONK_CODEC_NONE && (!v2 || h->is_compressed);
  struct vonk_buffer *body = NULL;
  enum vonk_status status = read_body(task, leaf, page, kept, compressed, &body);
  if (status == VONK_OK) status = keep_for_batch(task, leaf, &leaf->page);
  if (status == VONK_OK) status = keep_for_batch(task, leaf, &leaf->decoded);
  if (status != VONK_OK) {
    vonk_buffer_release(body);
    return status;
  }
  leaf->page = body;
  leaf->values = NULL;
  leaf->entry_at = leaf->value_at = 0;
  leaf->entry_count = (uint32_t)h->value_count;
  struct vonk_bytes r = vonk_bytes_of(leaf->page->data, leaf->page->size);
  TRY(read_levels(task, leaf, h, &r));
  const uint8_t *bytes = leaf->page->data + r.position;
  size_t size = vonk_bytes_left(&r);
  if (h->encoding != PARQUET_PLAIN_DICTIONARY && h->encoding != PARQUET_RLE_DICTIONARY)
    return parquet_decode(task, &leaf->source, h->encoding, bytes, size, leaf->value_count, &leaf->decoded, &leaf->values);
  TRY(need_dictionary(task, leaf));
  if (leaf->value_count == 0) {
    leaf->codes = parquet_hybrid_of(bytes, 0, 0);
    return VONK_OK;
  }
  if (size < 1 || bytes[0] > 32) return malformed(task, leaf, "a page's dictionary codes are malformed");
  leaf->codes = parquet_hybrid_of(bytes + 1, size - 1, bytes[0]);
  return VONK_OK;
}

STATUS parquet_leaf_next_page(struct vonk_task *task, struct parquet_leaf *leaf) {
  for (;;) {
    struct page page;
    const struct parquet_page_header *h = &page.header;
    TRY(vonk_task_check(task));
    TRY(next_header(task, leaf, &page));
    if (h->kind == PARQUET_DICTIONARY_PAGE) {
      bool second = leaf->dictionary_offset;
      leaf->dictionary_offset = page.key.offset;
      pass_by(leaf, &page);
      if (second) return malformed(task, leaf, "the column chunk has two dictionaries");
      continue;
    }
    bool flat = leaf->max_repetition == 0;
    if (h->kind != PARQUET_INDEX_PAGE && (uint64_t)h->value_count > leaf->values_left) {
      vonk_buffer_release(page.body);
      return malformed(task, leaf, "its pages have more values than the column chunk");
    }
    if (h->kind != PARQUET_INDEX_PAGE) leaf->values_left -= (uint64_t)h->value_count;
    if (h->kind == PARQUET_INDEX_PAGE || h->value_count == 0 || (flat && leaf->to_skip >= (uint64_t)h->value_count)) {
      if (h->kind != PARQUET_INDEX_PAGE && flat) leaf->to_skip -= (uint64_t)h->value_count;
      pass_by(leaf, &page);
      continue;
    }
    return load_page(task, leaf, &page);
  }
}
