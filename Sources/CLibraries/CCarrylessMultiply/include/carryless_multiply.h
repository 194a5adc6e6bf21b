#pragma once
#include <stddef.h>
#include <stdint.h>

/// Whether this processor can multiply without carries (PCLMULQDQ).
int penstock_can_multiply(void);

/// Folds `count` bytes, a multiple of 64 and at least 64, into 16 bytes that leave the same remainder modulo the
/// polynomial of CRC-64/NVME; `state` is the inverted sum of what came before. Only where `penstock_can_multiply()`.
void penstock_crc64_fold(uint64_t state, const uint8_t *bytes, size_t count, uint8_t rest[16]);
