/* hash_order.h: the order in which a java.util.HashMap gives its entries: by bucket, within one as they came.
 *
 * (Buckets of more than seven entries may become trees in Java, whose order then differs.)
 */
#ifndef VONK_AVRO_HASH_ORDER_H
#define VONK_AVRO_HASH_ORDER_H

#include "base/str.h"

/* Buckets of a map made for FIRST entries that holds COUNT. */
uint32_t vonk_hash_order_buckets(uint32_t first, uint32_t count);
/* Memory that an order needs, aligned for uint32_t. */
size_t vonk_hash_order_bytes(uint32_t count, uint32_t buckets);

struct vonk_hash_order {
  uint32_t *items;                     /* in order, once it has ended */
  uint32_t *places;                    /* the bucket of each item */
  uint32_t *starts;                    /* of each bucket: how many items come before it */
  uint32_t count, bucket_count;
};
/* MEMORY holds all of it. */
void vonk_hash_order_begin(struct vonk_hash_order *order, void *memory, uint32_t count, uint32_t buckets);
void vonk_hash_order_add(struct vonk_hash_order *order, uint32_t item, uint32_t hash);
void vonk_hash_order_end(struct vonk_hash_order *order);

/* hashCode of org.apache.avro.util.Utf8 and of java.lang.String. */
uint32_t vonk_hash_order_utf8(struct vonk_str text);
uint32_t vonk_hash_order_string(struct vonk_str text);

#endif
