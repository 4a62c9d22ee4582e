/* SPDX-License-Identifier: ISC */
/* What names of values say about the values. */
#include "ops/scrub_parts.h"

#define NAME_MAX_SIZE 20

struct name_kind {
	struct slice name;
	enum scrub_kind kind;
};

static const struct name_kind kinds[] = {
    {SLICE("subject"), SCRUB_REST}, {SLICE("body"), SCRUB_REST},
    {SLICE("helo"), SCRUB_HOST}, {SLICE("ehlo"), SCRUB_HOST},
    {SLICE("rhost"), SCRUB_HOST}, {SLICE("rdns"), SCRUB_HOST},
    {SLICE("ptr"), SCRUB_HOST}, {SLICE("reverse_name"), SCRUB_HOST},
    {SLICE("client_name"), SCRUB_HOST}, {SLICE("remote_host"), SCRUB_HOST},
    {SLICE("session"), SCRUB_TOKEN}, {SLICE("session_id"), SCRUB_TOKEN},
    {SLICE("sha256"), SCRUB_TOKEN}, {SLICE("fingerprint"), SCRUB_TOKEN},
    {SLICE("cert_fp"), SCRUB_TOKEN}, {SLICE("cookie"), SCRUB_TOKEN},
    {SLICE("pass"), SCRUB_TEXT}, {SLICE("password"), SCRUB_TEXT},
    {SLICE("passwd"), SCRUB_TEXT}, {SLICE("secret"), SCRUB_TEXT},
    {SLICE("token"), SCRUB_TEXT}, {SLICE("resp"), SCRUB_TEXT},
    {SLICE("authorization"), SCRUB_TEXT}, {SLICE("display_name"), SCRUB_TEXT},
    {SLICE("full_name"), SCRUB_TEXT}, {SLICE("gecos"), SCRUB_TEXT},
    {SLICE("query"), SCRUB_TEXT}, {SLICE("filename"), SCRUB_TEXT},
    {SLICE("attachment"), SCRUB_TEXT}, {SLICE("box"), SCRUB_FOLDER},
    {SLICE("mailbox"), SCRUB_FOLDER}, {SLICE("folder"), SCRUB_FOLDER},
    {SLICE("referer"), SCRUB_URL}, {SLICE("referrer"), SCRUB_URL},
    {SLICE("http_referer"), SCRUB_URL}, {SLICE("http_referrer"), SCRUB_URL},
    {SLICE("url"), SCRUB_URL}, {SLICE("uri"), SCRUB_URL},
    {SLICE("request_uri"), SCRUB_URL}, {SLICE("request"), SCRUB_REQUEST},
    {SLICE("user_agent"), SCRUB_AGENT},
    {SLICE("http_user_agent"), SCRUB_AGENT},
    {SLICE("user-agent"), SCRUB_AGENT}, {SLICE("agent"), SCRUB_AGENT}};

static const struct slice services[] = {
    SLICE("imap"), SLICE("pop3"), SLICE("lmtp"), SLICE("lda"),
    SLICE("deliver"), SLICE("imap-hibernate"), SLICE("imap-urlauth"),
    SLICE("indexer-worker"), SLICE("indexer"), SLICE("managesieve"),
    SLICE("submission"), SLICE("doveadm"), SLICE("dsync"),
    SLICE("dsync-local"), SLICE("dsync-server"), SLICE("quota-status"),
    SLICE("pam"), SLICE("passwd-file"), SLICE("sql"), SLICE("ldap"),
    SLICE("shadow"), SLICE("static"), SLICE("passwd"), SLICE("oauth2"),
    SLICE("lua"), SLICE("dict"), SLICE("bsdauth"), SLICE("checkpassword"),
    SLICE("cache"), SLICE("auth"), SLICE("prefetch"), SLICE("policy"),
    SLICE("plain"), SLICE("login"), SLICE("user"), SLICE("lmtp-proxy"),
    SLICE("imap-login"), SLICE("pop3-login")};

static const struct slice roots[] = {
    SLICE("home"), SLICE("mail"), SLICE("vmail"), SLICE("accounts"),
    SLICE("secrets"), SLICE("sieve"), SLICE("model"), SLICE("users"),
    SLICE("vhosts"), SLICE("virtual"), SLICE("mailboxes"), SLICE("maildirs")};

enum scrub_kind
scrub_kind_of(struct slice name)
{
	char first = name.n > 0 ? ascii_lower(name.p[0]) : '\0';

	if (name.n == 0 || name.n > NAME_MAX_SIZE)
		return SCRUB_PLAIN;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (name.n == kinds[i].name.n && first == kinds[i].name.p[0] &&
		    slice_case_equal(name, kinds[i].name))
			return kinds[i].kind;
	return personal_is_key(name) ? SCRUB_PERSON : SCRUB_PLAIN;
}

bool
scrub_is_service(struct slice name)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (slice_equal(name, services[i]))
			return true;
	return false;
}

bool
scrub_is_root(struct slice name)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (slice_equal(name, roots[i]))
			return true;
	return false;
}
