#include "carryless_multiply.h"

// A block of 128 bits stands for a polynomial whose highest coefficient is bit 0 of its first byte. Multiplying two such
// halves of 64 bits gives one power of x too many, so moving a block ahead by D bits takes x^(D+63) for its first half
// and x^(D-1) for its second, modulo the polynomial 0xAD93D23594C93659, bits reversed.

#if defined(__x86_64__)
#include <immintrin.h>

#define K575 0x0c32cdb31e18a84aULL
#define K511 0x62242240ace5045aULL
#define K191 0xeadc41fd2ba3d420ULL
#define K127 0x21e9761e252621acULL

int penstock_can_multiply(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

__attribute__((target("pclmul,sse4.1")))
static inline __m128i ahead(__m128i block, __m128i powers) {
    return _mm_xor_si128(_mm_clmulepi64_si128(block, powers, 0x00), _mm_clmulepi64_si128(block, powers, 0x11));
}

__attribute__((target("pclmul,sse4.1")))
void penstock_crc64_fold(uint64_t state, const uint8_t *bytes, size_t count, uint8_t rest[16]) {
    const __m128i far = _mm_set_epi64x((long long)K511, (long long)K575);
    const __m128i near = _mm_set_epi64x((long long)K127, (long long)K191);
    const __m128i *next = (const __m128i *)bytes;
    __m128i a = _mm_loadu_si128(next), b = _mm_loadu_si128(next + 1);
    __m128i c = _mm_loadu_si128(next + 2), d = _mm_loadu_si128(next + 3);
    a = _mm_xor_si128(a, _mm_set_epi64x(0, (long long)state));
    for (count -= 64; count >= 64; count -= 64) {
        next += 4;
        a = _mm_xor_si128(ahead(a, far), _mm_loadu_si128(next));
        b = _mm_xor_si128(ahead(b, far), _mm_loadu_si128(next + 1));
        c = _mm_xor_si128(ahead(c, far), _mm_loadu_si128(next + 2));
        d = _mm_xor_si128(ahead(d, far), _mm_loadu_si128(next + 3));
    }
    b = _mm_xor_si128(ahead(a, near), b);
    c = _mm_xor_si128(ahead(b, near), c);
    d = _mm_xor_si128(ahead(c, near), d);
    _mm_storeu_si128((__m128i *)rest, d);
}
#else
int penstock_can_multiply(void) { return 0; }
void penstock_crc64_fold(uint64_t state, const uint8_t *bytes, size_t count, uint8_t rest[16]) {
    (void)state, (void)bytes, (void)count, (void)rest;
}
#endif
