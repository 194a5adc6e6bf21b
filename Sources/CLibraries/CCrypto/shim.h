#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Doors for macros and variadic functions. */
static inline EVP_PKEY *penstock_new_key(void) { return EVP_EC_gen("P-256"); }
static inline long penstock_memory_of(BIO *bio, char **start) { return BIO_get_mem_data(bio, start); }
static inline EVP_PKEY *penstock_new_rsa_key(unsigned long bits) { return EVP_RSA_gen((size_t)bits); }
static inline int penstock_public_key_selection(void) { return EVP_PKEY_PUBLIC_KEY; }
/* The names are kept by the builder as pointers, so they must be constants of C. */
static inline OSSL_PARAM *penstock_rsa_numbers(OSSL_PARAM_BLD *builder, const BIGNUM *modulus, const BIGNUM *exponent) {
    return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus)
        && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) ? OSSL_PARAM_BLD_to_param(builder) : 0;
}
static inline int penstock_certificate_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *penstock_certificate_at(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
static inline void penstock_free_certificates(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }
static inline int penstock_error_reason(unsigned long error) { return ERR_GET_REASON(error); }
