/* SPDX-License-Identifier: Apache-2.0
 *
 * test_certs.h - certificates that are wrong in one chosen way, made with
 * OpenSSL directly so that core/identity is not its own witness.
 */
#ifndef VT_TESTS_SUPPORT_TEST_CERTS_H
#define VT_TESTS_SUPPORT_TEST_CERTS_H

#include <stdint.h>

struct test_cert {
    const char *common;
    const char *san;         /* NULL = "DNS:<common>", "" = none */
    const char *usage;       /* extended; NULL = both ends, "" = none */
    int64_t from_s, until_s; /* from now; both 0 = a day around now */
    int is_ca;
    int version_1; /* X.509 v1: no extensions at all */
};

/* issuer is "<dir>/<issuer>.crt" and ".key"; NULL: self-signed. Writes
 * "<dir>/<stem>.crt" and ".key". Aborts the test when it cannot. */
void test_cert_make(const char *dir, const char *issuer, const char *stem,
                    const struct test_cert *spec);

/* A new folder under /tmp; removed with all inside at exit of the process. */
const char *test_dir(void);
/* "<dir>/<name>", good until eight more were asked for. */
const char *test_path(const char *name);

#endif
