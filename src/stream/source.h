/* source.h: where streams come from: offsets that grow, and the rows between two of them.
 *
 * A kind of source is a file in source/ and a row of source/registry.def. Its offsets are JSON texts, as Spark writes them to checkpoints;
 * nobody else looks into them. Rows are told as an unresolved plan over what is there, so the binder, the optimiser and the scans treat them
 * as any others. Asking for the rows between the same offsets again, in another process too, must give the same rows: what a source needs
 * to remember for that it keeps in the folder it is given.
 */
#ifndef VONK_STREAM_SOURCE_H
#define VONK_STREAM_SOURCE_H

#include "catalog/catalog.h"
#include "plan/relation.h"

struct vonk_stream_source_type;

/* What sources see of the session. Borrowed, as long as the source lives. */
struct vonk_stream_context {
  const struct vonk_conf *conf;
  struct vonk_catalog_session *catalog;
};

/* What is to be read. */
struct vonk_stream_read {
  struct vonk_str format;              /* never empty */
  struct vonk_name paths;
  struct vonk_options options;
  const struct vonk_type *schema;      /* of the user; NULL: none given */
  const struct vonk_origin *origin;
};

struct vonk_stream_description {
  const struct vonk_type *schema;      /* STRUCT */
  struct vonk_str name;                /* for people */
};

/* The head of every source. */
struct vonk_stream_source {
  const struct vonk_stream_source_type *type;
  struct vonk_str description;         /* as progress shows it */
};

/* How far a batch may go. Texts on the task's arena; data NULL: there is none. */
struct vonk_stream_offsets {
  struct vonk_str end;                 /* NULL data: there is nothing at all yet */
  struct vonk_str latest;              /* as far as the source knows of more; for people */
};

struct vonk_stream_source_type {
  const char *name;
  /* Optional: another source of that kind reads FORMAT as well; the first row of the registry that does wins. */
  bool (*reads)(struct vonk_str format);
  /* The columns. Raises for options and schemas that cannot be. On the task's arena. */
  STATUS (*describe)(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read,
                     struct vonk_stream_description *out);
  /* FOLDER is its own in the checkpoint; it need not be there. READ is as for describe; both are borrowed for the source's life, on ARENA. */
  STATUS (*open)(struct vonk_task *task, const struct vonk_stream_context *context, const struct vonk_stream_read *read, struct vonk_arena *arena,
                 struct vonk_str folder, struct vonk_stream_source **out);
  /* The end of the next batch, which begins behind START (data NULL: at the beginning). UNLIMITED: limits of a batch's size do not count. */
  STATUS (*latest)(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, bool unlimited, struct vonk_stream_offsets *out);
  /* From now on only what is there now comes, however much more arrives. */
  STATUS (*fix_end)(struct vonk_task *task, struct vonk_stream_source *source);
  /* What came behind START up to END: a relation of the described columns, on the task's arena. */
  STATUS (*rows)(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str start, struct vonk_str end, struct vonk_relation **out);
  /* Optional: nobody will ask for what lies before END any more. */
  STATUS (*commit)(struct vonk_task *task, struct vonk_stream_source *source, struct vonk_str end);
  /* Optional; the struct itself is the arena's. */
  void (*close)(struct vonk_stream_source *source);
};

/* The kind that reads FORMAT (letters without case). Raises DATA_SOURCE_NOT_FOUND. */
STATUS vonk_stream_source_find(struct vonk_task *task, struct vonk_str format, const struct vonk_origin *origin, const struct vonk_stream_source_type **out);

/* The value of KEY, letters without case; data is NULL when it has none. */
struct vonk_str vonk_stream_option(struct vonk_options options, struct vonk_str key);
/* A whole number: DEFAULT_VALUE when the option is not given. Raises java.lang.NumberFormatException's text for others. */
STATUS vonk_stream_option_long(struct vonk_task *task, const struct vonk_stream_read *read, struct vonk_str key, int64_t default_value, int64_t *out);

#endif
