/* instance.c: the engine at work: settings, the root of the memory budget, and, once a query runs, the worker threads. */
#include <unistd.h>

#include "base/cpu.h"
#include "catalog/catalog.h"
#include "exec/scheduler.h"
#include "format/footer_cache.h"
#include "format/page_cache.h"
#include "fs/files.h"
#include "session/cache.h"
#include "session/session.h"
#include "type/timezone.h"
#include "vonk_version.h"

/* Of what the machine or cgroup allows; the rest is for the system and what is not charged (code, stacks, libraries). */
enum { MEMORY_PERCENT = 80 };
/* Footers are kept in a part of the memory. */
enum { FOOTER_PART = 32, FOOTER_BYTES_MAX = 64 << 20 };
/* So are pages, unless a setting says how much. */
enum { PAGE_PART = 4 };

const char *vonk_version(void) { return VONK_VERSION; }

static uint64_t memory_limit(const struct vonk_conf *conf) {
  uint64_t cap = vonk_cpu_memory_bytes() / 100 * MEMORY_PERCENT;
  if (!vonk_conf_is_set(conf, VONK_CONF_DRIVER_MEMORY)) return cap;
  uint64_t wanted = (uint64_t)vonk_conf_bytes(conf, VONK_CONF_DRIVER_MEMORY);
  if (vonk_conf_bool(conf, VONK_CONF_OFF_HEAP_ENABLED)) wanted += (uint64_t)vonk_conf_bytes(conf, VONK_CONF_OFF_HEAP_SIZE);
  return wanted < cap ? wanted : cap;
}

struct setting_list {
  ARRAY_OF(struct vonk_conf_setting) all;
};

static STATUS add_file(struct vonk_task *task, const char *path, struct setting_list *list) {
  struct vonk_conf_setting *found;
  size_t count;
  if (!path) return VONK_OK;
  TRY(vonk_conf_read_file(task, vonk_str_of(path), &found, &count));
  for (size_t i = 0; i < count; i++) *ARRAY_PUSH(task->arena, &list->all) = found[i];
  return VONK_OK;
}

/* What has no default in the registry because the machine says it; then the files, then the settings given: the last of equal keys counts. */
static STATUS read_conf(struct vonk_task *task, const struct vonk_instance_options *options, struct vonk_conf **out) {
  struct setting_list list = {0};
  *ARRAY_PUSH(task->arena, &list.all) = (struct vonk_conf_setting){vonk_conf_rows[VONK_CONF_TIME_ZONE].key, vonk_timezone_system_id(task->arena)};
  TRY(add_file(task, options->defaults_file, &list));
  TRY(add_file(task, options->properties_file, &list));
  for (size_t i = 0; i < options->setting_count; i++) {
    *ARRAY_PUSH(task->arena, &list.all) = (struct vonk_conf_setting){vonk_str_of(options->settings[i].key), vonk_str_of(options->settings[i].value)};
  }
  struct vonk_conf *defaults = vonk_conf_create();
  enum vonk_status status = vonk_conf_set(task, defaults, VONK_CONF_STARTING, list.all.items, list.all.count, out);
  vonk_conf_release(defaults);
  return status;
}

/* local, local[N], local[*], local[N,failures]: 0 is all cores. Remote masters belong to a later part. */
static STATUS worker_count(struct vonk_task *task, const struct vonk_conf *conf, uint32_t *out) {
  struct vonk_str master = vonk_conf_text(conf, VONK_CONF_MASTER);
  *out = 0;
  if (master.size == 0 || vonk_str_equal(master, STR("local[*]"))) return VONK_OK;
  if (vonk_str_equal(master, STR("local"))) {
    *out = 1;
    return VONK_OK;
  }
  struct vonk_str digits = vonk_str_starts_with(master, STR("local[")) ? vonk_str_slice(master, 6, master.size) : STR("");
  size_t end = vonk_str_find(digits, STR(","), 0);
  if (end == SIZE_MAX) end = vonk_str_find(digits, STR("]"), 0);
  if (end != SIZE_MAX) digits.size = end;
  int64_t count;
  if (digits.size == 1 && digits.data[0] == '*') return VONK_OK;
  if (!vonk_str_to_int64(digits, &count) || count < 1 || count > 1024) {
    return vonk_raise(task, VONK_INVALID_CONF_VALUE__OUT_OF_RANGE_OF_OPTIONS, NULL, "confName", STR("spark.master"), "confValue",
                      master, "confOptions", STR("local, local[N], local[*]"), NULL);
  }
  *out = (uint32_t)count;
  return VONK_OK;
}

/* Absolute: the working directory may change later. */
static struct vonk_str warehouse(struct vonk_instance *instance) {
  struct vonk_str path = vonk_conf_text(instance->conf, VONK_CONF_WAREHOUSE_DIR);
  if (path.size && (path.data[0] == '/' || vonk_str_find(path, STR(":"), 0) != SIZE_MAX)) return path;
  char folder[4096];
  if (!getcwd(folder, sizeof folder)) return path;
  return vonk_str_format(instance->arena, "%s/" STR_FMT, folder, STR_ARG(path));
}

static struct vonk_page_cache *create_pages(struct vonk_instance *instance) {
  uint64_t limit = vonk_budget_limit(instance->budget) / PAGE_PART;
  if (vonk_conf_is_set(instance->conf, VONK_CONF_PAGE_CACHE_SIZE)) limit = (uint64_t)vonk_conf_bytes(instance->conf, VONK_CONF_PAGE_CACHE_SIZE);
  return limit ? vonk_page_cache_create(instance->budget, limit) : NULL;
}

static STATUS open_instance(struct vonk_instance *instance, const struct vonk_instance_options *options) {
  uint32_t workers;
  TRY(read_conf(&instance->task, options, &instance->conf));
  TRY(worker_count(&instance->task, instance->conf, &workers));
  instance->budget = vonk_budget_create(NULL, "process", memory_limit(instance->conf));
  instance->task.budget = instance->budget;
  uint64_t footer_limit = vonk_budget_limit(instance->budget) / FOOTER_PART;
  instance->footers = vonk_footer_cache_create(instance->budget, footer_limit < FOOTER_BYTES_MAX ? footer_limit : FOOTER_BYTES_MAX);
  instance->pages = create_pages(instance);
  instance->cache = vonk_result_cache_create(instance->budget);
  instance->stores = vonk_fs_process_create(instance->budget);
  instance->catalog = vonk_catalog_create(warehouse(instance), instance->footers, instance->pages);
  return VONK_OK;
}

int vonk_instance_open(const struct vonk_instance_options *options, struct vonk_instance **out) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_instance *instance = *out = ARENA_NEW(arena, struct vonk_instance);
  struct vonk_instance_options wanted = {0};
  if (options) memcpy(&wanted, options, options->struct_size < sizeof wanted ? options->struct_size : sizeof wanted);
  instance->arena = arena;
  vonk_error_init(&instance->error);
  vonk_problem_init(&instance->problem);
  vonk_mutex_init(&instance->lock);
  instance->task = (struct vonk_task){.arena = arena, .error = &instance->error};
  return vonk_problem_code(&instance->problem, &instance->task, open_instance(instance, &wanted));
}

void vonk_instance_close(struct vonk_instance *instance) {
  if (!instance) return;
  vonk_engine_destroy(instance->engine);
  vonk_result_cache_destroy(instance->cache);
  if (instance->catalog) vonk_catalog_destroy(instance->catalog);
  vonk_page_cache_destroy(instance->pages);
  vonk_footer_cache_destroy(instance->footers);
  vonk_fs_process_destroy(instance->stores);
  vonk_conf_release(instance->conf);
  if (instance->budget) vonk_budget_destroy(instance->budget);
  vonk_mutex_deinit(&instance->lock);
  vonk_problem_deinit(&instance->problem);
  vonk_error_deinit(&instance->error);
  vonk_arena_destroy(instance->arena);
}

const struct vonk_problem *vonk_instance_problem(const struct vonk_instance *instance) { return &instance->problem.problem; }

/* The first folder of spark.local.dir, which may be a list. */
static struct vonk_str local_folder(const struct vonk_conf *conf) {
  struct vonk_str folders = vonk_conf_text(conf, VONK_CONF_LOCAL_DIR);
  size_t comma = vonk_str_find(folders, STR(","), 0);
  struct vonk_str first = vonk_str_trim(comma == SIZE_MAX ? folders : vonk_str_slice(folders, 0, comma));
  return first.size ? first : STR("/tmp");
}

static STATUS start_engine(struct vonk_task *task, struct vonk_instance *instance) {
  struct vonk_engine_options options = {
      .spill_folder = local_folder(instance->conf),
      .budget = instance->budget,
      .seed = (uint64_t)vonk_conf_int(instance->conf, VONK_CONF_DEBUG_SCHEDULER_SEED),
  };
  TRY(worker_count(task, instance->conf, &options.thread_count));
  return vonk_engine_create(task, &options, &instance->engine);
}

STATUS vonk_instance_engine(struct vonk_task *task, struct vonk_instance *instance, struct vonk_engine **out) {
  vonk_mutex_lock(&instance->lock);
  enum vonk_status status = instance->engine ? VONK_OK : start_engine(task, instance);
  *out = instance->engine;
  vonk_mutex_unlock(&instance->lock);
  return status;
}

void vonk_instance_describe(struct vonk_instance *instance, struct vonk_instance_facts *facts, size_t facts_size) {
  static const char *const levels[] = {"portable", "avx2", "avx512"};
  uint32_t workers = 0;
  struct vonk_error ignored;
  vonk_error_init(&ignored);
  struct vonk_task task = {.arena = instance->arena, .error = &ignored, .budget = instance->budget};
  if (worker_count(&task, instance->conf, &workers) != VONK_OK || workers == 0) workers = (uint32_t)vonk_cpu_count();
  vonk_error_deinit(&ignored);
  struct vonk_instance_facts found = {
      .memory_limit_bytes = vonk_budget_limit(instance->budget),
      .memory_machine_bytes = vonk_cpu_memory_bytes(),
      .memory_used_bytes = vonk_budget_used(instance->budget),
      .memory_peak_bytes = vonk_budget_peak(instance->budget),
      .worker_count = workers,
      .local_dir = vonk_str_copy(instance->arena, local_folder(instance->conf)).data,
      .warehouse_dir = vonk_str_copy(instance->arena, vonk_conf_text(instance->conf, VONK_CONF_WAREHOUSE_DIR)).data,
      .cpu_level = levels[vonk_cpu_level()],
  };
  memcpy(facts, &found, facts_size < sizeof found ? facts_size : sizeof found);
}
