#pragma once
#include <stddef.h>
#include <zlib.h>

// deflateInit2 and inflateInit are macros, which Swift cannot import. -15: a raw stream with the largest window.
static inline int penstock_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}
static inline int penstock_inflate_init(z_stream *stream) { return inflateInit(stream); }
// 31: a gzip member, which alone is taken.
static inline int penstock_gunzip_init(z_stream *stream) { return inflateInit2(stream, 31); }
