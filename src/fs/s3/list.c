/* list.c: ListObjectsV2: keys as entries of folders, page by page. */
#include "fs/s3/s3.h"

#include "wire/xml.h"

enum { PAGE_KEYS = 1000, PAGES_MAX = 100000 };

struct page {
  struct vonk_task *task;
  const struct s3_bucket *bucket;
  const struct s3_listing *listing;
  struct vonk_fs_list *out;
  bool escaped;                  /* keys came escaped, as asked for; some stores do not know how */
  bool truncated;
  struct vonk_str token;         /* of the next page */
  /* The object under way. */
  struct vonk_str key, size, modified, etag;
};

static struct vonk_str key_of(struct page *page, struct vonk_str text) {
  return page->escaped ? vonk_http_unescape(page->task->arena, text, true) : vonk_str_copy(page->task->arena, text);
}

/* PATH of the listing and what KEY has behind the prefix; absent for the folder itself and for keys that paths cannot have. */
static struct vonk_str path_of(struct page *page, struct vonk_str key) {
  const struct s3_listing *listing = page->listing;
  if (!vonk_str_starts_with(key, listing->prefix) || key.size == listing->prefix.size) return (struct vonk_str){0};
  return vonk_str_format(page->task->arena, STR_FMT STR_FMT, STR_ARG(listing->path), STR_ARG(vonk_str_slice(key, listing->prefix.size, key.size)));
}

static void add_object(struct page *page) {
  struct vonk_str key = key_of(page, page->key), path = path_of(page, key);
  int64_t size;
  bool marks_folder = path.size && path.data[path.size - 1] == '/'; /* an object that only says that there is a folder */
  if (!path.data || marks_folder || !vonk_str_to_int64(page->size, &size) || size < 0) return;
  int64_t mtime_ns = s3_time_micros(page->modified) / 1000000 * 1000000000; /* as HEAD tells it */
  struct s3_object object = {.byte_size = (uint64_t)size, .mtime_ns = mtime_ns, .etag = page->etag};
  *ARRAY_PUSH(page->task->arena, page->out) = (struct vonk_fs_entry){.path = path, .byte_size = object.byte_size, .mtime_ns = mtime_ns, .inode = s3_inode(page->etag)};
  s3_known_keep(page->task, page->bucket, key, &object);
}

static void add_folder(struct page *page, struct vonk_str text) {
  struct vonk_str path = path_of(page, key_of(page, text));
  if (path.size && path.data[path.size - 1] == '/') path.size--;
  if (path.size) *ARRAY_PUSH(page->task->arena, page->out) = (struct vonk_fs_entry){.path = path, .is_folder = true};
}

static bool read_page(struct page *page, struct vonk_str text) {
  struct vonk_xml xml;
  page->escaped = vonk_str_find(text, STR("<EncodingType>url</EncodingType>"), 0) != SIZE_MAX;
  page->truncated = false;
  page->token = STR("");
  vonk_xml_init(&xml, page->task->arena, text);
  while (vonk_xml_next(&xml)) {
    if (vonk_xml_is(&xml, "Contents/Key")) page->key = xml.text;
    else if (vonk_xml_is(&xml, "Contents/Size")) page->size = xml.text;
    else if (vonk_xml_is(&xml, "Contents/LastModified")) page->modified = xml.text;
    else if (vonk_xml_is(&xml, "Contents/ETag")) page->etag = xml.text;
    else if (vonk_xml_is(&xml, "ListBucketResult/Contents")) add_object(page);
    else if (vonk_xml_is(&xml, "CommonPrefixes/Prefix")) add_folder(page, xml.text);
    else if (vonk_xml_is(&xml, "ListBucketResult/IsTruncated")) page->truncated = vonk_str_equal(xml.text, STR("true"));
    else if (vonk_xml_is(&xml, "ListBucketResult/NextContinuationToken")) page->token = vonk_str_copy(page->task->arena, xml.text);
  }
  return !xml.malformed;
}

static STATUS ask_page(struct page *page) {
  const struct s3_listing *listing = page->listing;
  struct s3_header query[6];
  uint32_t count = 0;
  uint32_t keys = listing->count_max && listing->count_max < PAGE_KEYS ? listing->count_max : PAGE_KEYS;
  /* In the order of the names, as they are signed. */
  if (page->token.size) query[count++] = (struct s3_header){STR("continuation-token"), page->token};
  if (listing->delimited) query[count++] = (struct s3_header){STR("delimiter"), STR("/")};
  query[count++] = (struct s3_header){STR("encoding-type"), STR("url")};
  query[count++] = (struct s3_header){STR("list-type"), STR("2")};
  query[count++] = (struct s3_header){STR("max-keys"), vonk_str_format(page->task->arena, "%u", keys)};
  query[count++] = (struct s3_header){STR("prefix"), listing->prefix};
  struct s3_request *request = s3_request_create(page->bucket, "GET", STR(""), query, count);
  enum vonk_status status = s3_request_run(page->task, request, listing->path, false);
  if (status == VONK_OK && !vonk_http_is_success(&request->call)) {
    status = s3_request_raise(page->task, request, listing->path, false);
  } else if (status == VONK_OK && !read_page(page, vonk_http_body(&request->call))) {
    status = vonk_fs_raise_read(page->task, listing->path, "the store's list of files is malformed");
  }
  s3_request_destroy(request);
  return status;
}

STATUS s3_list(struct vonk_task *task, const struct s3_bucket *bucket, const struct s3_listing *listing, struct vonk_fs_list *out) {
  struct page page = {.task = task, .bucket = bucket, .listing = listing, .out = out};
  for (uint32_t i = 0; i < PAGES_MAX; i++) {
    TRY(vonk_task_check(task));
    TRY(ask_page(&page));
    if (!page.truncated || (listing->count_max && out->count >= listing->count_max)) return VONK_OK;
    if (page.token.size == 0) return vonk_fs_raise_read(task, listing->path, "the store's list of files ends in the middle");
  }
  return vonk_fs_raise_read(task, listing->path, "the store's list of files does not end");
}
