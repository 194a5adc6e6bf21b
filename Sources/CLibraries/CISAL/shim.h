#pragma once
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stddef.h>
#include <stdlib.h>

// A compressor with its tables: about 500 KiB, too large to be a value in Swift.
struct penstock_isal {
    struct isal_zstream stream;
    uint8_t tables[ISAL_DEF_LVL3_DEFAULT];
};

static inline struct penstock_isal *penstock_isal_new(void) {
    return (struct penstock_isal *)malloc(sizeof(struct penstock_isal));
}
static inline void penstock_isal_free(struct penstock_isal *state) { free(state); }

// Compresses one piece of a raw deflate stream: to its end if it is the last, else to a byte boundary. `level` is 1 to 3.
// Answers the bytes written, or -1 if there was too little room.
static inline ptrdiff_t penstock_isal_deflate(
    struct penstock_isal *state, int level, const uint8_t *dictionary, uint32_t dictionary_count, const uint8_t *bytes,
    uint32_t count, uint8_t *output, uint32_t capacity, int is_last) {
    struct isal_zstream *stream = &state->stream;
    isal_deflate_init(stream);
    stream->level = (uint32_t)level;
    stream->level_buf = state->tables;
    stream->level_buf_size = sizeof state->tables;
    if (dictionary_count != 0 && isal_deflate_set_dict(stream, (uint8_t *)dictionary, dictionary_count) != COMP_OK)
        return -1;
    stream->next_in = (uint8_t *)bytes;
    stream->avail_in = count;
    stream->next_out = output;
    stream->avail_out = capacity;
    stream->end_of_stream = (uint16_t)is_last;
    stream->flush = is_last ? NO_FLUSH : SYNC_FLUSH;
    // With no room left nobody can tell whether everything was written.
    if (isal_deflate(stream) != COMP_OK || stream->avail_in != 0 || stream->avail_out == 0) return -1;
    return (ptrdiff_t)(capacity - stream->avail_out);
}
