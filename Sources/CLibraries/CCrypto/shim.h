#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Doors for macros and variadic functions. */
static inline EVP_PKEY *penstock_new_key(void) { return EVP_EC_gen("P-256"); }
static inline long penstock_memory_of(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }
