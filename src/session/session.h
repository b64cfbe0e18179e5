/* session.h: what stands behind the handles of vonk.h. */
#ifndef VONK_SESSION_SESSION_H
#define VONK_SESSION_SESSION_H

#include "base/thread.h"
#include "conf/conf.h"
#include "type/timezone.h"
#include "vonk/vonk.h"

struct vonk_engine;
struct vonk_catalog;
struct vonk_catalog_session;
struct vonk_footer_cache;
struct vonk_page_cache;
struct vonk_fs_identity;
struct vonk_fs_process;
struct vonk_result_cache;
struct vonk_session_python;
struct vonk_checkpoints;
struct vonk_stream_manager;

/* A problem as vonk.h shows it, with the memory it stands on. */
struct vonk_problem_holder {
  struct vonk_arena *arena;
  struct vonk_problem problem;
};
void vonk_problem_init(struct vonk_problem_holder *holder);
/* No problem, and its memory free. */
void vonk_problem_clear(struct vonk_problem_holder *holder);
void vonk_problem_deinit(struct vonk_problem_holder *holder);
void vonk_problem_take(struct vonk_problem_holder *holder, const struct vonk_error *error);
/* VONK_RUN_OK, or the code of STATUS after HOLDER has taken TASK's error. */
int vonk_problem_code(struct vonk_problem_holder *holder, struct vonk_task *task, enum vonk_status status);

struct vonk_instance {
  struct vonk_arena *arena;
  struct vonk_budget *budget;      /* the root: its limit is the memory given */
  struct vonk_error error;
  struct vonk_task task;
  struct vonk_conf *conf;          /* what sessions start with */
  struct vonk_problem_holder problem;
  struct vonk_catalog *catalog;
  struct vonk_footer_cache *footers;
  struct vonk_page_cache *pages;   /* NULL: pages are not kept */
  struct vonk_fs_process *stores;  /* what file systems keep between queries */
  struct vonk_result_cache *cache;
  struct vonk_mutex lock;          /* of what follows */
  struct vonk_engine *engine;      /* NULL until the first query runs */
};
/* Worker threads start with the first query, not with the process. */
STATUS vonk_instance_engine(struct vonk_task *task, struct vonk_instance *instance, struct vonk_engine **out);

struct vonk_session {
  struct vonk_instance *instance;
  struct vonk_arena *arena;
  struct vonk_budget *budget;
  struct vonk_mutex lock;          /* of conf */
  struct vonk_conf *origin;        /* what RESET goes back to */
  struct vonk_conf *conf;          /* the snapshot the next statement sees */
  struct vonk_cancel cancel;       /* of the statement that vonk_session_run runs */
  struct vonk_error error;
  struct vonk_problem_holder problem;
  struct vonk_catalog_session *catalog;
  struct vonk_session_python *python; /* python.h; NULL until something of it is needed */
  struct vonk_checkpoints *checkpoints;
  struct vonk_stream_manager *streams; /* its streaming queries */
  struct vonk_str user;
  const struct vonk_fs_identity *identity; /* with which stores are asked; NULL: by settings and environment */
  bool sealed;                     /* its queries see what they define themselves, and nothing else by name */
  int64_t start_micros;
};
/* Another session with the same settings, temporary views, functions and current database. *OUT is set even on failure (vonk_session_open). */
int vonk_session_clone(struct vonk_session *from, struct vonk_session **out);
/* The settings as they are now; the caller releases the snapshot. Any thread, as with the two below. */
struct vonk_conf *vonk_session_conf(struct vonk_session *session);
/* SET: all of SETTINGS or, when one is refused, none. Raises what vonk_conf_set does, INVALID_CONF_VALUE.TIME_ZONE. */
STATUS vonk_session_set(struct vonk_task *task, struct vonk_session *session, const struct vonk_conf_setting *settings, size_t count);
/* RESET of KEY, of all when it is empty. */
STATUS vonk_session_reset(struct vonk_task *task, struct vonk_session *session, struct vonk_str key);
/* ${name}, ${hivevar:name}, ${env:NAME} as far as they are known; unless spark.sql.variable.substitute is off. */
struct vonk_str vonk_session_substitute(struct vonk_arena *arena, const struct vonk_conf *conf, struct vonk_str sql);

#endif
