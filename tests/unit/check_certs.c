/* SPDX-License-Identifier: Apache-2.0
 *
 * check_certs.c - the development authority, read back with OpenSSL, and
 * certificates a node must not have.
 */
#include "unit/suite.h"

#include "base/status.h"
#include "identity/certs.h"
#include "support/test_certs.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS INT64_C(1767225600000) /* 2026-01-01 */
#define DAY_MS INT64_C(86400000)

static const struct vt_validity year = {NOW_MS, NOW_MS + 365 * DAY_MS};

/* An authority in ca.crt and ca.key, a node in n.crt and n.key. */
static void make_both(const char *node)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_ca *ca;

    ck_assert_int_eq(vt_ca_new("Our-CA", &year, &ca, &err), VT_OK);
    ck_assert_int_eq(
        vt_ca_save(ca, test_path("ca.crt"), test_path("ca.key"), &err), VT_OK);
    vt_ca_free(ca);
    ck_assert_int_eq(
        vt_ca_load(test_path("ca.crt"), test_path("ca.key"), &ca, &err), VT_OK);
    ck_assert_int_eq(vt_ca_issue(ca, node, &year, test_path("n.crt"),
                                 test_path("n.key"), &err),
                     VT_OK);
    vt_ca_free(ca);
}

static X509 *read_cert(const char *name)
{
    FILE *f = fopen(test_path(name), "r");
    X509 *cert;

    ck_assert_ptr_nonnull(f);
    cert = PEM_read_X509(f, NULL, NULL, NULL);
    (void)fclose(f);
    ck_assert_ptr_nonnull(cert);
    return cert;
}

static int verify(X509 *ca, X509 *cert, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int result;

    (void)X509_STORE_add_cert(store, ca);
    (void)X509_STORE_CTX_init(ctx, store, cert, NULL);
    X509_STORE_CTX_set_time(ctx, 0, NOW_MS / 1000 + 10);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
    (void)X509_STORE_CTX_set_purpose(ctx, purpose);
    result =
        X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return result;
}

START_TEST(an_issued_certificate_passes_the_strict_rules_for_both_ends)
{
    X509 *ca;
    X509 *cert;

    make_both("node-1.example_x");
    ca = read_cert("ca.crt");
    cert = read_cert("n.crt");
    ck_assert_int_eq(verify(ca, cert, X509_PURPOSE_SSL_SERVER), X509_V_OK);
    ck_assert_int_eq(verify(ca, cert, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    ck_assert_int_eq(X509_get_version(cert), 2);
    ck_assert_int_eq(X509_check_host(cert, "node-1.example_x", 0,
                                     X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL),
                     1);
    ck_assert_int_eq(EVP_PKEY_get_bits(X509_get0_pubkey(cert)), 256);
    ck_assert_uint_eq(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
    ck_assert_uint_eq(X509_get_extended_key_usage(cert),
                      XKU_SSL_SERVER | XKU_SSL_CLIENT);
    ck_assert_int_eq(X509_check_ca(cert), 0);
    ck_assert_int_eq(X509_check_ca(ca), 1);
    ck_assert_int_eq(X509_get_pathlen(ca), 0);
    ck_assert_uint_eq(X509_get_key_usage(ca), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    ck_assert_ptr_nonnull(X509_get0_subject_key_id(cert));
    ck_assert_int_eq(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(cert),
                                           X509_get0_subject_key_id(ca)),
                     0);
    X509_free(ca);
    X509_free(cert);
}
END_TEST

START_TEST(what_a_certificate_says_can_be_read)
{
    struct vt_cert_info info;
    struct vt_cert_info second;
    struct vt_err err = VT_ERR_INIT;

    make_both("n7");
    ck_assert_int_eq(vt_cert_info_load(test_path("n.crt"), &info, &err), VT_OK);
    ck_assert_str_eq(info.subject, "n7");
    ck_assert_str_eq(info.issuer, "Our-CA");
    ck_assert_int_eq(info.not_before_ms, NOW_MS);
    ck_assert_int_eq(info.not_after_ms, NOW_MS + 365 * DAY_MS);
    ck_assert_uint_eq(strlen(info.fingerprint), 64);
    ck_assert_uint_ge(strlen(info.serial), 30);
    ck_assert_int_eq(info.is_ca, 0);
    make_both("n7");
    ck_assert_int_eq(vt_cert_info_load(test_path("n.crt"), &second, &err),
                     VT_OK);
    ck_assert_str_ne(info.serial, second.serial);
    ck_assert_str_ne(info.fingerprint, second.fingerprint);
}
END_TEST

START_TEST(files_are_private_whole_and_replaced)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_cert_info info;
    struct stat st;

    make_both("n1");
    make_both("n2"); /* over the old ones */
    ck_assert_int_eq(stat(test_path("n.key"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777u, 0600);
    ck_assert_int_eq(stat(test_path("n.crt"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777u, 0644);
    ck_assert_int_ne(stat(test_path("n.key.new"), &st), 0);
    ck_assert_int_eq(vt_cert_check_files(test_path("n.crt"), test_path("n.key"),
                                         test_path("ca.crt"), &info, &err),
                     VT_OK);
    ck_assert_str_eq(info.subject, "n2");
    ck_assert_int_eq(chmod(test_path("n.key"), 0640), 0);
    ck_assert_int_eq(vt_cert_check_files(test_path("n.crt"), test_path("n.key"),
                                         test_path("ca.crt"), &info, &err),
                     VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
}
END_TEST

START_TEST(an_authority_that_cannot_write_says_where)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_ca *ca;

    ck_assert_int_eq(vt_ca_new("Our-CA", &year, &ca, &err), VT_OK);
    ck_assert_int_eq(vt_ca_save(ca, "/nowhere/ca.crt", "/nowhere/ca.key", &err),
                     VT_E_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere/ca.key"));
    vt_ca_free(ca);
}
END_TEST

START_TEST(names_and_dates_that_make_no_sense_are_refused)
{
    static const char *const bad[] = {
        "",
        ".a",
        "-a",
        "a b",
        "a/b",
        "*",
        "*.a",
        "a\n",
        "n\xc3\xb6",
        "a123456789012345678901234567890123456789012345678901234567890123"};
    const struct vt_validity backwards = {NOW_MS, NOW_MS - 1};
    struct vt_err err = VT_ERR_INIT;
    struct vt_ca *ca;

    ck_assert_int_eq(vt_ca_new("Our-CA", &year, &ca, &err), VT_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(vt_ca_issue(ca, bad[i], &year, test_path("x.crt"),
                                     test_path("x.key"), &err),
                         VT_E_INVALID);
    }
    ck_assert_int_eq(vt_ca_issue(ca, "n1", &backwards, test_path("x.crt"),
                                 test_path("x.key"), &err),
                     VT_E_INVALID);
    vt_ca_free(ca);
}
END_TEST

static vt_status check(const char *cert, const char *key, const char *ca,
                       struct vt_err *err)
{
    struct vt_cert_info info;

    return vt_cert_check_files(test_path(cert), test_path(key), test_path(ca),
                               &info, err);
}

START_TEST(files_that_do_not_belong_together_are_named)
{
    struct vt_err err = VT_ERR_INIT;
    const struct test_cert other_ca = {.common = "Other-CA", .is_ca = 1};
    /* the same name, another key: the name alone must not convince */
    const struct test_cert twin_ca = {.common = "Our-CA", .is_ca = 1};
    FILE *f;

    make_both("n1");
    test_cert_make(test_dir(), NULL, "other", &other_ca);
    test_cert_make(test_dir(), NULL, "twin", &twin_ca);
    ck_assert_int_eq(check("n.crt", "n.key", "other.crt", &err), VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "issued by 'Our-CA'"));
    ck_assert_ptr_nonnull(strstr(err.text, "'Other-CA'"));
    ck_assert_int_eq(check("n.crt", "n.key", "twin.crt", &err), VT_E_DENIED);
    ck_assert_int_eq(check("n.crt", "ca.key", "ca.crt", &err), VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "is not the key of"));
    ck_assert_int_eq(check("none.crt", "n.key", "ca.crt", &err), VT_E_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "none.crt: No such file"));
    f = fopen(test_path("junk.crt"), "w");
    (void)fputs("-----BEGIN CERTIFICATE-----\nAAAA\n", f);
    (void)fclose(f);
    ck_assert_int_eq(check("junk.crt", "n.key", "ca.crt", &err), VT_E_CORRUPT);
    ck_assert_int_eq(check("ca.crt", "ca.key", "ca.crt", &err), VT_E_DENIED);
}
END_TEST

static const struct {
    struct test_cert spec;
    const char *want; /* NULL: accepted */
} profiles[] = {
    {{.common = "n1"}, NULL},
    {{.common = "n1", .san = "DNS:zz,DNS:n1"}, NULL},
    {{.common = "n1", .san = ""}, "DNS name"},
    {{.common = "n1", .san = "DNS:n2"}, "DNS name"},
    {{.common = "n1", .san = "DNS:*"}, "DNS name"},
    {{.common = "*", .san = "DNS:*"}, "not a node's name"},
    {{.common = "a b"}, "not a node's name"},
    {{.common = "n1", .usage = ""}, "extended key usage"},
    {{.common = "n1", .usage = "serverAuth"}, "extended key usage"},
    {{.common = "n1", .usage = "clientAuth"}, "extended key usage"},
    {{.common = "n1", .usage = "codeSigning"}, "extended key usage"},
    {{.common = "n1", .is_ca = 1, .usage = "serverAuth,clientAuth"},
     "an authority's"},
    {{.common = "n1", .version_1 = 1}, "not X.509 v3"},
};

START_TEST(a_node_needs_a_certificate_of_the_right_shape)
{
    make_both("n1");
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        struct vt_err err = VT_ERR_INIT;
        X509 *cert;
        vt_status status;

        test_cert_make(test_dir(), "ca", "p", &profiles[i].spec);
        cert = read_cert("p.crt");
        status = vt_cert_check_node(cert, &err);
        X509_free(cert);
        if (profiles[i].want == NULL) {
            ck_assert_int_eq(status, VT_OK);
        } else {
            ck_assert_int_eq(status, VT_E_DENIED);
            ck_assert_msg(strstr(err.text, profiles[i].want) != NULL,
                          "profile %zu: %s", i, err.text);
        }
    }
}
END_TEST

START_TEST(a_refusal_is_explained_with_its_cure)
{
    static const struct {
        int code;
        const char *want[2];
    } codes[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED,
         {"'n1' expired 2027-01-01 00:00 UTC, now is 2026-01-02", "renew"}},
        {X509_V_ERR_CERT_NOT_YET_VALID,
         {"valid only from 2026-01-01 00:00 UTC", "clock"}},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
         {"another authority, 'Our-CA'", "of one"}},
        {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, {"another authority", ""}},
        {X509_V_ERR_INVALID_PURPOSE, {"extended key usage", ""}},
        {X509_V_ERR_HOSTNAME_MISMATCH, {"that of 'n1'", "[peers]"}},
        {X509_V_ERR_CERT_CHAIN_TOO_LONG, {"'n1' refused: ", "chain"}},
    };
    X509 *cert;

    make_both("n1");
    cert = read_cert("n.crt");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char text[256];

        vt_cert_explain(cert, codes[i].code, NOW_MS + DAY_MS, text,
                        sizeof text);
        ck_assert_msg(strstr(text, codes[i].want[0]) != NULL &&
                          strstr(text, codes[i].want[1]) != NULL,
                      "%s", text);
    }
    X509_free(cert);
}
END_TEST

int main(void)
{
    const TTest *const making[] = {
        an_issued_certificate_passes_the_strict_rules_for_both_ends,
        files_are_private_whole_and_replaced,
        an_authority_that_cannot_write_says_where,
        names_and_dates_that_make_no_sense_are_refused,
    };
    const TTest *const reading[] = {
        what_a_certificate_says_can_be_read,
        files_that_do_not_belong_together_are_named,
        a_node_needs_a_certificate_of_the_right_shape,
        a_refusal_is_explained_with_its_cure,
    };
    Suite *suite = suite_create("core/identity/certs");

    VT_SUITE_ADD(suite, "making", making);
    VT_SUITE_ADD(suite, "reading", reading);
    return vt_suite_run(suite);
}
