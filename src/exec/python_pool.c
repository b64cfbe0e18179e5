/* python_pool.c: starts, feeds, watches and ends worker processes.
 *
 * One lock for each worker guards its queues; the loop's thread is the only one that touches sockets and processes. A worker that
 * is given back in mid-call becomes "leaving": its input ends, what it still answers is dropped, and a timer kills it. Memory
 * is measured a few times a second and charged; a process for which there is no room is killed.
 */
#include "exec/python_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/thread.h"
#include "exec/python_shim.h"
#include "net/loop.h"

enum {
  HEADER_SIZE = 8,
  OUT_MAX = 64, IN_MAX = 64,                   /* frames queued */
  OUT_BYTES_MAX = 8 << 20, IN_BYTES_MAX = 32 << 20,
  PARTS_MAX = 32,                              /* sent with one call */
  GRACE_MS = 300, MEASURE_MS = 200,
  SHIM_FD = 4, SOCKET_FD = 3,
  FRAME_SIZE_MAX = 1 << 30,
};

enum worker_state { IDLE, BUSY, LEAVING, GONE };

struct out_frame {
  uint32_t header[2];             /* size and kind */
  struct vonk_ipc_piece *piece; /* parts FROM..TO of it, or BYTES */
  struct vonk_buffer *bytes;
  uint32_t from, to;
};

struct in_frame {
  enum vonk_python_received kind;
  struct vonk_buffer *bytes;
};

struct vonk_python_worker {
  struct vonk_loop_watch watch;
  struct vonk_loop_job job;
  struct vonk_loop_timer kill_timer, measure_timer;
  struct vonk_python_pool *pool;
  struct vonk_python_worker *next;   /* in the pool */
  struct vonk_arena *arena;

  /* The loop's thread. */
  pid_t pid;
  bool is_watched;
  size_t out_offset;                 /* sent of the first frame out */
  uint32_t in_header[2];
  size_t in_have;                    /* of the header, then of the payload too */
  struct vonk_buffer *in_bytes;      /* being filled */
  uint64_t charged;                  /* measured memory */

  struct vonk_mutex lock;            /* of what follows */
  enum worker_state state;
  bool is_posted, is_started;
  bool in_call;                      /* from CALL to its end */
  bool input_open;                   /* from CALL to END */
  bool wants_room;
  struct vonk_event *wake;
  struct out_frame out[OUT_MAX];
  uint32_t out_first, out_count;
  uint64_t out_bytes;
  struct in_frame in[IN_MAX];
  uint32_t in_first, in_count;
  uint64_t in_bytes_held;
  enum vonk_status failure;          /* FAILED: the process has gone and FAILURE_TEXT says how */
  char failure_text[160];
};

struct vonk_python_pool {
  struct vonk_arena *arena;
  struct vonk_str interpreter, folder;
  struct vonk_budget *budget;
  struct vonk_mutex lock;            /* of the list and the loop */
  struct vonk_loop *loop;            /* NULL until the first call */
  struct vonk_python_worker *workers;
};

/* --- the pool --- */

struct vonk_python_pool *vonk_python_pool_create(const struct vonk_python_options *options) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_python_pool *pool = ARENA_NEW(arena, struct vonk_python_pool);
  pool->arena = arena;
  pool->interpreter = vonk_str_format(arena, STR_FMT, STR_ARG(options->interpreter.size ? options->interpreter : STR("python3")));
  pool->folder = vonk_str_copy(arena, options->folder);
  pool->budget = vonk_budget_create(options->budget, "python workers", 0);
  vonk_mutex_init(&pool->lock);
  return pool;
}

struct vonk_str vonk_python_pool_folder(const struct vonk_python_pool *pool) { return pool->folder; }
struct vonk_budget *vonk_python_pool_budget(const struct vonk_python_pool *pool) { return pool->budget; }

/* --- queues; the worker's lock is held --- */

static void out_drop(struct vonk_python_worker *w) {
  struct out_frame *frame = &w->out[w->out_first];
  vonk_ipc_piece_destroy(frame->piece);
  vonk_buffer_release(frame->bytes);
  w->out_first = (w->out_first + 1) % OUT_MAX;
  w->out_count--;
}

static void in_drop_all(struct vonk_python_worker *w) {
  for (; w->in_count; w->in_count--) {
    vonk_buffer_release(w->in[w->in_first].bytes);
    w->in_first = (w->in_first + 1) % IN_MAX;
  }
  w->in_bytes_held = 0;
}

static void wake(struct vonk_python_worker *w) {
  if (w->wake) vonk_event_signal(w->wake);
}

static void fail(struct vonk_python_worker *w, enum vonk_status failure, const char *text) {
  if (w->failure != VONK_OK) return;
  w->failure = failure;
  snprintf(w->failure_text, sizeof w->failure_text, "%s", text);
}

static void post(struct vonk_python_worker *w) {
  if (w->is_posted || w->state == GONE) return;
  w->is_posted = true;
  vonk_loop_post(w->pool->loop, &w->job);
}

/* --- the process; the loop's thread --- */

static void discharge(struct vonk_python_worker *w) {
  vonk_budget_release(w->pool->budget, w->charged);
  w->charged = 0;
}

/* The process has ended, or shall: reaps it and says how it went. */
static void bury(struct vonk_python_worker *w, const char *reason, enum vonk_status failure) {
  int status = 0;
  char text[160];
  if (w->is_watched) vonk_loop_remove(w->pool->loop, &w->watch);
  w->is_watched = false;
  vonk_loop_disarm(w->pool->loop, &w->kill_timer);
  vonk_loop_disarm(w->pool->loop, &w->measure_timer);
  if (w->watch.descriptor >= 0) close(w->watch.descriptor);
  w->watch.descriptor = -1;
  bool is_own_end = w->pid > 0 && waitpid(w->pid, &status, WNOHANG) == w->pid;
  if (w->pid > 0 && !is_own_end) {
    kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR) {}
  }
  if (reason) snprintf(text, sizeof text, "%s", reason);
  else if (WIFSIGNALED(status)) snprintf(text, sizeof text, "the process was ended by signal %d", WTERMSIG(status));
  else snprintf(text, sizeof text, "the process ended with exit code %d", WEXITSTATUS(status));
  w->pid = 0;
  discharge(w);
  vonk_buffer_release(w->in_bytes);
  w->in_bytes = NULL;
  vonk_mutex_lock(&w->lock);
  fail(w, failure, text);
  while (w->out_count) out_drop(w);
  w->out_bytes = 0;
  if (w->state == LEAVING || w->state == IDLE) in_drop_all(w);
  if (w->state != BUSY) w->state = GONE;
  wake(w);
  vonk_mutex_unlock(&w->lock);
}

static void kill_late(struct vonk_loop_timer *timer) {
  struct vonk_python_worker *w = (struct vonk_python_worker *)(void *)((char *)timer - offsetof(struct vonk_python_worker, kill_timer));
  bury(w, "the process was ended", VONK_FAILED);
}

/* Memory that only this process has: resident less shared. 0 when that cannot be told. */
static uint64_t measure(pid_t pid) {
  char path[64], text[128];
  snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  ssize_t size = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  if (size <= 0) return 0;
  text[size] = 0;
  unsigned long long all, resident, shared;
  if (sscanf(text, "%llu %llu %llu", &all, &resident, &shared) != 3 || resident < shared) return 0;
  return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Processes that no call waits for any more, but which have not ended it yet, go at once; true when there was one. */
static bool bury_leaving(struct vonk_python_pool *pool) {
  bool any = false;
  vonk_mutex_lock(&pool->lock);
  struct vonk_python_worker *w = pool->workers; /* the list only grows, at this end */
  vonk_mutex_unlock(&pool->lock);
  for (; w; w = w->next) {
    vonk_mutex_lock(&w->lock);
    bool leaves = w->state == LEAVING && w->pid > 0;
    vonk_mutex_unlock(&w->lock);
    if (leaves) bury(w, "the process was ended", VONK_FAILED);
    any |= leaves;
  }
  return any;
}

static bool charge_to(struct vonk_python_worker *w, uint64_t bytes) {
  return bytes <= w->charged || vonk_budget_charge(w->pool->budget, bytes - w->charged) == VONK_OK;
}

static void charge_memory(struct vonk_loop_timer *timer) {
  struct vonk_python_worker *w = (struct vonk_python_worker *)(void *)((char *)timer - offsetof(struct vonk_python_worker, measure_timer));
  uint64_t now = measure(w->pid);
  bool fits = charge_to(w, now);
  if (!fits && bury_leaving(w->pool)) {
    if (w->pid == 0) return; /* it was one of them */
    fits = charge_to(w, now);
  }
  if (!fits) {
    bury(w, "", VONK_NO_MEMORY);
    return;
  }
  if (now < w->charged) vonk_budget_release(w->pool->budget, w->charged - now);
  w->charged = now;
  vonk_loop_arm(w->pool->loop, timer, vonk_clock_monotonic_ns() + MEASURE_MS * UINT64_C(1000000));
}

/* The worker's program as a file that only it has. */
static int shim_file(void) {
  int descriptor = memfd_create("vonk_worker.py", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  for (size_t at = 0; at < vonk_python_shim_size;) {
    ssize_t size = write(descriptor, vonk_python_shim + at, vonk_python_shim_size - at);
    if (size <= 0) {
      close(descriptor);
      return -1;
    }
    at += (size_t)size;
  }
  lseek(descriptor, 0, SEEK_SET);
  return descriptor;
}

/* Is VARIABLE ("NAME=...") what stores are asked with? That is the engine's; users' functions have no part in it. */
static bool is_credential(const char *variable) {
  static const struct vonk_str names[] = {STR("AWS_ACCESS_KEY_ID="), STR("AWS_SECRET_ACCESS_KEY="), STR("AWS_SESSION_TOKEN="), STR("AWS_CONTAINER_AUTHORIZATION_TOKEN=")};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (vonk_str_starts_with(vonk_str_of(variable), names[i])) return true;
  }
  return false;
}

/* Ours without credentials; on ARENA. */
static char **worker_environment(struct vonk_arena *arena) {
  extern char **environ;
  size_t count = 0, kept = 0;
  while (environ[count]) count++;
  char **variables = ARENA_ARRAY(arena, char *, count + 1);
  for (size_t i = 0; i < count; i++) {
    if (!is_credential(environ[i])) variables[kept++] = environ[i];
  }
  return variables;
}

static int spawn(struct vonk_python_worker *w, int socket, int shim) {
  static const char code[] = "import os; exec(compile(os.fdopen(4, encoding='utf-8').read(), 'vonk_worker', 'exec'))";
  char *const arguments[] = {(char *)(uintptr_t)w->pool->interpreter.data, (char *)(uintptr_t)"-c", (char *)(uintptr_t)code, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGTERM);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  /* A group of its own: the terminal's interrupt is for the server. */
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  /* Both lie above the numbers they get (see fcntl in start). */
  posix_spawn_file_actions_adddup2(&actions, socket, SOCKET_FD);
  posix_spawn_file_actions_adddup2(&actions, shim, SHIM_FD);
  posix_spawn_file_actions_addclosefrom_np(&actions, SHIM_FD + 1);
  struct vonk_arena *arena = vonk_arena_create(NULL);
  int failure = posix_spawnp(&w->pid, w->pool->interpreter.data, &actions, &attributes, arguments, worker_environment(arena));
  vonk_arena_destroy(arena);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failure;
}

static int above(int descriptor) {
  if (descriptor < 0) return -1;
  int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, SHIM_FD + 1);
  close(descriptor);
  return moved;
}

static void start(struct vonk_python_worker *w) {
  int pair[2] = {-1, -1}, failure = 0;
  int shim = above(shim_file());
  if (shim < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) failure = errno;
  int theirs = above(pair[1]);
  if (!failure) failure = spawn(w, theirs, shim);
  if (shim >= 0) close(shim);
  if (theirs >= 0) close(theirs);
  w->watch.descriptor = pair[0];
  if (!failure) {
    int bytes = 1 << 20;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    w->is_watched = vonk_loop_add(w->pool->loop, &w->watch);
    if (!w->is_watched) failure = errno;
  }
  if (!failure) {
    vonk_loop_arm(w->pool->loop, &w->measure_timer, vonk_clock_monotonic_ns() + MEASURE_MS * UINT64_C(1000000));
    return;
  }
  char text[160];
  snprintf(text, sizeof text, "the interpreter %.80s could not be started (errno %d)", w->pool->interpreter.data, failure);
  bury(w, text, VONK_FAILED);
}

/* --- reading and writing; the loop's thread --- */

static size_t part_list(const struct out_frame *frame, size_t skip, struct iovec *list, int *count) {
  struct vonk_str parts[PARTS_MAX];
  size_t total = 0;
  uint32_t n = 0;
  parts[n++] = (struct vonk_str){(const char *)frame->header, HEADER_SIZE};
  if (frame->bytes) parts[n++] = (struct vonk_str){(const char *)frame->bytes->data, frame->bytes->size};
  *count = 0;
  for (uint32_t i = 0; i < n + (frame->piece ? frame->to - frame->from : 0) && *count < PARTS_MAX; i++) {
    struct vonk_str part = i < n ? parts[i] : frame->piece->parts[frame->from + i - n];
    total += part.size;
    if (skip >= part.size) {
      skip -= part.size;
      continue;
    }
    list[(*count)++] = (struct iovec){(void *)(uintptr_t)(part.data + skip), part.size - skip};
    skip = 0;
  }
  return total;
}

static size_t frame_size(const struct out_frame *frame) { return HEADER_SIZE + (size_t)frame->header[0]; }

/* False: the process has gone. */
static bool write_out(struct vonk_python_worker *w) {
  for (;;) {
    struct iovec list[PARTS_MAX];
    int count = 0;
    vonk_mutex_lock(&w->lock);
    bool any = w->out_count > 0;
    struct out_frame *frame = &w->out[w->out_first];
    if (any) part_list(frame, w->out_offset, list, &count);
    vonk_mutex_unlock(&w->lock);
    if (!any) return true;
    struct msghdr message = {.msg_iov = list, .msg_iovlen = (size_t)count};
    ssize_t sent = sendmsg(w->watch.descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    w->out_offset += (size_t)sent;
    if (w->out_offset < frame_size(frame)) continue;
    vonk_mutex_lock(&w->lock);
    w->out_bytes -= w->out_offset;
    out_drop(w);
    if (w->wants_room && w->out_count < OUT_MAX / 2 && w->out_bytes < OUT_BYTES_MAX / 2) {
      w->wants_room = false;
      wake(w);
    }
    vonk_mutex_unlock(&w->lock);
    w->out_offset = 0;
  }
}

/* A frame is whole. False: the worker does not keep to the wire. */
static bool take_in(struct vonk_python_worker *w, uint32_t kind) {
  if (kind < VONK_PYTHON_READY || kind > VONK_PYTHON_REFUSED) return false;
  struct vonk_buffer *bytes = w->in_bytes;
  w->in_bytes = NULL;
  w->in_have = 0;
  bool ends = kind == VONK_PYTHON_DONE || kind == VONK_PYTHON_ERROR || kind == VONK_PYTHON_REFUSED;
  vonk_mutex_lock(&w->lock);
  if (ends) w->in_call = false;
  if (w->state == BUSY && kind != VONK_PYTHON_READY) {
    w->in[(w->in_first + w->in_count++) % IN_MAX] = (struct in_frame){(enum vonk_python_received)kind, bytes};
    w->in_bytes_held += bytes->size;
    bytes = NULL;
    wake(w);
  } else if (w->state == LEAVING && ends) {
    w->state = IDLE;
    vonk_loop_disarm(w->pool->loop, &w->kill_timer);
  }
  vonk_mutex_unlock(&w->lock);
  vonk_buffer_release(bytes);
  return true;
}

/* Room for the payload of the header that has come. */
static enum vonk_status make_room(struct vonk_python_worker *w) {
  uint32_t size = w->in_header[0];
  if (size > FRAME_SIZE_MAX) return VONK_FAILED;
  return vonk_buffer_create(w->pool->budget, size, &w->in_bytes);
}

static bool may_read(struct vonk_python_worker *w) {
  vonk_mutex_lock(&w->lock);
  bool may = w->in_count < IN_MAX && w->in_bytes_held < IN_BYTES_MAX;
  vonk_mutex_unlock(&w->lock);
  return may;
}

/* False: the process has gone, or *FAILURE says why it has to. */
static bool read_in(struct vonk_python_worker *w, enum vonk_status *failure) {
  while (may_read(w)) {
    bool in_header = w->in_have < HEADER_SIZE;
    uint8_t *to = in_header ? (uint8_t *)w->in_header + w->in_have : w->in_bytes->data + w->in_bytes->size;
    size_t left = in_header ? HEADER_SIZE - w->in_have : w->in_header[0] - w->in_bytes->size;
    ssize_t got = left ? recv(w->watch.descriptor, to, left, MSG_DONTWAIT) : 0;
    if (left && got < 0) return errno == EAGAIN || errno == EINTR;
    if (left && got == 0) return false;
    if (in_header) {
      w->in_have += (size_t)got;
      if (w->in_have < HEADER_SIZE) continue;
      *failure = make_room(w);
      if (*failure != VONK_OK) return false;
    } else {
      w->in_bytes->size += (size_t)got;
    }
    if (w->in_bytes->size == w->in_header[0] && !take_in(w, w->in_header[1])) return false;
  }
  return true;
}

static bool serve(struct vonk_python_worker *w) {
  enum vonk_status failure = VONK_FAILED;
  if (!w->is_watched) return false;
  if (read_in(w, &failure) && write_out(w)) return false;
  bury(w, failure == VONK_NO_MEMORY ? "" : NULL, failure == VONK_NO_MEMORY ? failure : VONK_FAILED);
  return false;
}

static bool ready(struct vonk_loop_watch *watch) { return serve((struct vonk_python_worker *)(void *)((char *)watch - offsetof(struct vonk_python_worker, watch))); }

/* What other threads ask for: start, go on, stop. */
static void attend(struct vonk_loop_job *job) {
  struct vonk_python_worker *w = (struct vonk_python_worker *)(void *)((char *)job - offsetof(struct vonk_python_worker, job));
  vonk_mutex_lock(&w->lock);
  w->is_posted = false;
  bool starts = !w->is_started && w->state == BUSY, is_leaving = w->state == LEAVING;
  w->is_started |= starts;
  vonk_mutex_unlock(&w->lock);
  if (starts) start(w);
  if (is_leaving && !w->kill_timer.place && w->is_watched) {
    vonk_loop_arm(w->pool->loop, &w->kill_timer, vonk_clock_monotonic_ns() + GRACE_MS * UINT64_C(1000000));
  }
  if (is_leaving && !w->is_watched) bury(w, "", VONK_FAILED);
  else serve(w);
}

/* --- for operators --- */

static struct vonk_python_worker *make_worker(struct vonk_python_pool *pool) {
  struct vonk_arena *arena = vonk_arena_create(NULL);
  struct vonk_python_worker *w = ARENA_NEW(arena, struct vonk_python_worker);
  w->arena = arena;
  w->pool = pool;
  w->watch.ready = ready;
  w->watch.descriptor = -1;
  w->job.run = attend;
  w->kill_timer.fire = kill_late;
  w->measure_timer.fire = charge_memory;
  vonk_mutex_init(&w->lock);
  return w;
}

/* Of workers that have gone one is used again: its memory, not its process. */
static void revive(struct vonk_python_worker *w) {
  w->is_started = w->in_call = w->input_open = false;
  w->failure = VONK_OK;
  w->out_offset = w->in_have = 0;
  w->state = IDLE;
}

static struct vonk_python_worker *choose(struct vonk_python_pool *pool) {
  struct vonk_python_worker *gone = NULL;
  for (struct vonk_python_worker *w = pool->workers; w; w = w->next) {
    vonk_mutex_lock(&w->lock);
    enum worker_state state = w->is_posted ? BUSY : w->state;
    vonk_mutex_unlock(&w->lock);
    if (state == IDLE) return w;
    if (state == GONE) gone = w;
  }
  if (gone) {
    revive(gone);
    return gone;
  }
  struct vonk_python_worker *w = make_worker(pool);
  w->next = pool->workers;
  pool->workers = w;
  return w;
}

STATUS vonk_python_take(struct vonk_task *task, struct vonk_python_pool *pool, struct vonk_event *event, struct vonk_python_worker **out) {
  vonk_mutex_lock(&pool->lock);
  enum vonk_status status = pool->loop ? VONK_OK : vonk_loop_create(task, "vonk-python", &pool->loop);
  if (status == VONK_OK) {
    struct vonk_python_worker *w = choose(pool);
    vonk_mutex_lock(&w->lock);
    w->state = BUSY;
    w->wake = event;
    w->wants_room = false;
    post(w);
    vonk_mutex_unlock(&w->lock);
    *out = w;
  }
  vonk_mutex_unlock(&pool->lock);
  return status;
}

/* The lock is held. */
static void append(struct vonk_python_worker *w, enum vonk_python_sent kind, struct out_frame frame, uint32_t size) {
  ASSERT(w->out_count < OUT_MAX);
  frame.header[0] = size;
  frame.header[1] = kind;
  w->out[(w->out_first + w->out_count++) % OUT_MAX] = frame;
  w->out_bytes += HEADER_SIZE + size;
  if (kind == VONK_PYTHON_SEND_CALL) w->in_call = w->input_open = true;
  if (kind == VONK_PYTHON_SEND_END) w->input_open = false;
}

void vonk_python_give_back(struct vonk_python_worker *w) {
  if (!w) return;
  vonk_mutex_lock(&w->lock);
  in_drop_all(w);
  w->wake = NULL;
  if (w->failure != VONK_OK) {
    w->state = GONE;
  } else {
    w->state = w->in_call ? LEAVING : IDLE;
    if (w->input_open) append(w, VONK_PYTHON_SEND_END, (struct out_frame){.piece = NULL}, 0); /* is_full and queue keep room for it */
    post(w);
  }
  vonk_mutex_unlock(&w->lock);
}

static void queue(struct vonk_python_worker *w, enum vonk_python_sent kind, struct out_frame frame, uint32_t size) {
  vonk_mutex_lock(&w->lock);
  ASSERT(w->out_count < OUT_MAX - 1);
  append(w, kind, frame, size);
  if (w->failure != VONK_OK) { /* nobody sends it: the queue was empty */
    out_drop(w);
    w->out_bytes = 0;
  }
  post(w);
  vonk_mutex_unlock(&w->lock);
}

STATUS vonk_python_send(struct vonk_task *task, struct vonk_python_worker *w, enum vonk_python_sent kind, struct vonk_str bytes) {
  struct out_frame frame = {.piece = NULL};
  if (bytes.size > FRAME_SIZE_MAX) return vonk_unsupported(task, NULL, "a Python function of more than 1 GiB");
  TRY(vonk_buffer_create(w->pool->budget, bytes.size, &frame.bytes));
  if (bytes.size) memcpy(frame.bytes->data, bytes.data, bytes.size);
  frame.bytes->size = bytes.size;
  queue(w, kind, frame, (uint32_t)bytes.size);
  return VONK_OK;
}

STATUS vonk_python_send_piece(struct vonk_task *task, struct vonk_python_worker *w, struct vonk_ipc_piece *piece, uint32_t from, uint32_t to) {
  uint64_t size = 0;
  for (uint32_t i = from; i < to; i++) size += piece->parts[i].size;
  if (size > FRAME_SIZE_MAX) {
    vonk_ipc_piece_destroy(piece);
    return vonk_unsupported(task, NULL, "more than 1 GiB of rows at a time for a Python function");
  }
  queue(w, VONK_PYTHON_SEND_DATA, (struct out_frame){.piece = piece, .from = from, .to = to}, (uint32_t)size);
  return VONK_OK;
}

bool vonk_python_is_full(struct vonk_python_worker *w) {
  vonk_mutex_lock(&w->lock);
  bool is_full = w->out_count > OUT_MAX - 8 || w->out_bytes > OUT_BYTES_MAX;
  w->wants_room |= is_full;
  vonk_mutex_unlock(&w->lock);
  return is_full;
}

static STATUS raise_error(struct vonk_task *task, enum vonk_python_received kind, struct vonk_buffer *bytes) {
  struct vonk_str text = {(const char *)bytes->data, bytes->size};
  enum vonk_status status;
  if (kind == VONK_PYTHON_REFUSED) status = vonk_unsupported(task, NULL, vonk_str_format(task->arena, STR_FMT, STR_ARG(text)).data);
  else status = vonk_raise(task, VONK_PYTHON_EXCEPTION, NULL, "msg", STR("An exception was thrown from the Python worker"), "traceback", text, NULL);
  vonk_buffer_release(bytes);
  return status;
}

STATUS vonk_python_receive(struct vonk_task *task, struct vonk_python_worker *w, enum vonk_python_received *kind, struct vonk_buffer **payload) {
  struct in_frame frame = {VONK_PYTHON_NOTHING, NULL};
  char text[sizeof w->failure_text];
  vonk_mutex_lock(&w->lock);
  enum vonk_status failure = w->failure;
  memcpy(text, w->failure_text, sizeof text);
  if (w->in_count) {
    bool was_full = w->in_count == IN_MAX || w->in_bytes_held >= IN_BYTES_MAX;
    frame = w->in[w->in_first];
    w->in_first = (w->in_first + 1) % IN_MAX;
    w->in_count--;
    w->in_bytes_held -= frame.bytes->size;
    if (was_full) post(w);
    failure = VONK_OK;
  }
  vonk_mutex_unlock(&w->lock);
  *kind = frame.kind;
  *payload = NULL;
  if (failure == VONK_NO_MEMORY) return failure;
  if (failure != VONK_OK) {
    return vonk_raise(task, VONK_PYTHON_EXCEPTION, NULL, "msg", STR("The Python worker exited unexpectedly (crashed)"), "traceback",
                      vonk_str_format(task->arena, "%s", text), NULL);
  }
  if (frame.kind == VONK_PYTHON_ERROR || frame.kind == VONK_PYTHON_REFUSED) return raise_error(task, frame.kind, frame.bytes);
  if (frame.kind == VONK_PYTHON_RESULT) *payload = frame.bytes;
  else vonk_buffer_release(frame.bytes);
  return VONK_OK;
}

void vonk_python_pool_destroy(struct vonk_python_pool *pool) {
  if (!pool) return;
  vonk_loop_destroy(pool->loop);
  for (struct vonk_python_worker *w = pool->workers, *next; w; w = next) {
    next = w->next;
    if (w->watch.descriptor >= 0) close(w->watch.descriptor);
    if (w->pid > 0) {
      kill(w->pid, SIGKILL);
      while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR) {}
    }
    discharge(w);
    while (w->out_count) out_drop(w);
    in_drop_all(w);
    vonk_buffer_release(w->in_bytes);
    vonk_mutex_deinit(&w->lock);
    vonk_arena_destroy(w->arena);
  }
  vonk_budget_destroy(pool->budget);
  vonk_mutex_deinit(&pool->lock);
  vonk_arena_destroy(pool->arena);
}
