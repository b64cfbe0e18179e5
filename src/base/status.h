/* status.h: how every function that can fail answers.
 *
 * A function that can fail returns STATUS and nothing else; TRY forwards a failure. The detail (condition, SQLSTATE,
 * parameters, place in the text) is set once, where it is found, in the task's error object (error.h, task.h).
 * Users' mistakes and outside bytes are statuses; our own mistakes are ASSERTs.
 */
#ifndef VONK_BASE_STATUS_H
#define VONK_BASE_STATUS_H

enum vonk_status {
  VONK_OK = 0,
  VONK_FAILED = 1,    /* the task's error object says why */
  VONK_CANCELLED = 2, /* the query was cancelled; the error object is set as well */
  VONK_NO_MEMORY = 3, /* the budget refused: the signal to spill; an error object is set only by whoever gives up */
};

#define STATUS __attribute__((warn_unused_result)) enum vonk_status

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Returns from the enclosing function with the status of CALL unless that is VONK_OK. */
#define TRY(call)                                 \
  do {                                            \
    enum vonk_status try_status_ = (call);        \
    if (UNLIKELY(try_status_ != VONK_OK)) return try_status_; \
  } while (0)

/* Our mistakes. ASSERT stays on in release builds; KERNEL_ASSERT only in debug and sanitizer builds (inner loops). */
_Noreturn void vonk_assert_failed(const char *expression, const char *file, int line);
#define ASSERT(x) (LIKELY(x) ? (void)0 : vonk_assert_failed(#x, __FILE__, __LINE__))
#ifdef NDEBUG
#define KERNEL_ASSERT(x) ((void)0)
#else
#define KERNEL_ASSERT(x) ASSERT(x)
#endif

#endif
