/* python_pool.h: the processes in which the Python functions of a session run, and the wire between them and us.
 *
 * A worker is one process of the session's interpreter, used by one call (a function, or several that get the same rows) at a
 * time, then by the next. A thread of the pool does all of its reading and writing; who uses a worker queues frames, looks what
 * has come, and waits for an event. What functions are (pickles) and how the client's PySpark wants its input is known to the
 * worker alone: python/vonk_worker/worker.py, which is built in.
 *
 * THE WIRE, on a socket: frames of a 32-bit size, a 32-bit kind (little-endian, as all numbers here) and the payload.
 *   to the worker:   CALL   what runs: evaluation type u32, partition u32, python version, folder of the session's files, pairs of
 *                           settings, pairs of what the evaluation type needs ("input_type": the JSON of the input's schema),
 *                           output type as JSON, functions: arguments (column i32, name or empty) and chained commands.
 *                           Texts and bytes have their u32 size before them, lists and pairs their u32 count.
 *                    GROUP  u32: so many tables of one group follow, an Arrow stream each
 *                    DATA   bytes of an Arrow IPC stream, cut where they like
 *                    END    the call has no more input
 *   to the server:   READY  once, before all: the version of PySpark
 *                    RESULT one record batch, a whole Arrow IPC stream
 *                    DONE, ERROR (the traceback), REFUSED (what is not supported): the end of the call
 */
#ifndef VONK_EXEC_PYTHON_POOL_H
#define VONK_EXEC_PYTHON_POOL_H

#include "base/task.h"
#include "column/ipc.h"
#include "exec/event.h"

enum vonk_python_sent { VONK_PYTHON_SEND_CALL = 1, VONK_PYTHON_SEND_GROUP, VONK_PYTHON_SEND_DATA, VONK_PYTHON_SEND_END };
enum vonk_python_received { VONK_PYTHON_NOTHING, VONK_PYTHON_READY, VONK_PYTHON_RESULT, VONK_PYTHON_DONE, VONK_PYTHON_ERROR, VONK_PYTHON_REFUSED };

struct vonk_python_options {
  struct vonk_str interpreter;  /* empty: python3 of the PATH */
  struct vonk_str folder;       /* of the session's files: pyfiles/, files/, archives/; may be empty */
  struct vonk_budget *budget;   /* the processes' memory is charged here */
};

struct vonk_python_pool;
struct vonk_python_worker;

/* No process starts before the first call. */
struct vonk_python_pool *vonk_python_pool_create(const struct vonk_python_options *options);
/* Ends all processes. No worker is in use. Takes NULL. */
void vonk_python_pool_destroy(struct vonk_python_pool *pool);
struct vonk_str vonk_python_pool_folder(const struct vonk_python_pool *pool);
/* What is sent and what comes is charged here: it may outlive the query. */
struct vonk_budget *vonk_python_pool_budget(const struct vonk_python_pool *pool);

/* An idle worker or a new one. WAKE is signalled when something came or room was made, until the worker is given back. */
STATUS vonk_python_take(struct vonk_task *task, struct vonk_python_pool *pool, struct vonk_event *wake, struct vonk_python_worker **out);
/* After DONE or an error that was received the process is kept for the next call. Otherwise it is told to stop, and killed if it does
 * not within a moment. Takes NULL. */
void vonk_python_give_back(struct vonk_python_worker *worker);

/* Queues bytes, copied. */
STATUS vonk_python_send(struct vonk_task *task, struct vonk_python_worker *worker, enum vonk_python_sent kind, struct vonk_str bytes);
/* Queues parts FROM up to TO of PIECE as DATA; takes the piece over, also on failure. */
STATUS vonk_python_send_piece(struct vonk_task *task, struct vonk_python_worker *worker, struct vonk_ipc_piece *piece, uint32_t from, uint32_t to);
/* So much is queued that the sender had better wait. */
bool vonk_python_is_full(struct vonk_python_worker *worker);
/* What came next; NOTHING if nothing did. RESULT's *PAYLOAD is the caller's. ERROR, REFUSED and the death of the process are raised. */
STATUS vonk_python_receive(struct vonk_task *task, struct vonk_python_worker *worker, enum vonk_python_received *kind, struct vonk_buffer **payload);

#endif
