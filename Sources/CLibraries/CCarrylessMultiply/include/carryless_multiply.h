#pragma once
#include <stddef.h>
#include <stdint.h>

/// How many bits this processor multiplies without carries at a time: 512 (VPCLMULQDQ), 128 (PCLMULQDQ) or 0.
int penstock_multiplied_bits(void);

/// Folds `count` bytes, a multiple of 64 and at least 64, into 16 bytes that leave the same remainder modulo the
/// polynomial of CRC-64/NVME; `state` is the inverted sum of what came before. Only where at least 128 bits are multiplied.
void penstock_crc64_fold(uint64_t state, const uint8_t *bytes, size_t count, uint8_t rest[16]);

/// The same for at least 256 bytes, a multiple of 64, only where 512 bits are multiplied.
void penstock_crc64_fold_wide(uint64_t state, const uint8_t *bytes, size_t count, uint8_t rest[16]);
