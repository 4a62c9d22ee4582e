/* SPDX-License-Identifier: ISC */
/* Names of extensions, as their RFCs register them. */
#include "extension.h"

static const struct {
	const char *name;
	enum sieve_extension extension;
} extensions[] = {
    {"fileinto", EXT_FILEINTO},
    {"envelope", EXT_ENVELOPE},
    {"encoded-character", EXT_ENCODED_CHARACTER},
    {"comparator-i;ascii-numeric", EXT_COMPARATOR_NUMERIC},
    {"comparator-i;ascii-casemap", EXT_COMPARATOR_OTHER},
    {"comparator-i;octet", EXT_COMPARATOR_OTHER},
    {"copy", EXT_COPY},
    {"body", EXT_BODY},
    {"variables", EXT_VARIABLES},
    {"vacation", EXT_VACATION},
    {"vacation-seconds", EXT_VACATION_SECONDS},
    {"relational", EXT_RELATIONAL},
    {"imap4flags", EXT_IMAP4FLAGS},
    {"subaddress", EXT_SUBADDRESS},
    {"spamtest", EXT_SPAMTEST},
    {"spamtestplus", EXT_SPAMTESTPLUS},
    {"virustest", EXT_VIRUSTEST},
    {"date", EXT_DATE},
    {"index", EXT_INDEX},
    {"editheader", EXT_EDITHEADER},
    {"reject", EXT_REJECT},
    {"ereject", EXT_EREJECT},
    {"enotify", EXT_ENOTIFY},
    {"environment", EXT_ENVIRONMENT},
    {"mailbox", EXT_MAILBOX},
    {"include", EXT_INCLUDE},
    {"regex", EXT_REGEX},
    {"duplicate", EXT_DUPLICATE},
    {"vnd.fe.record", EXT_RECORD},
};
#define EXTENSIONS_N (sizeof(extensions) / sizeof(*extensions))

enum sieve_extension
extension_find(struct slice name)
{
	for (size_t i = 0; i < EXTENSIONS_N; i++)
		if (slice_is(name, extensions[i].name))
			return extensions[i].extension;
	return EXT_NONE;
}

const char *
extension_name(enum sieve_extension extension)
{
	for (size_t i = 0; i < EXTENSIONS_N; i++)
		if (extensions[i].extension == extension)
			return extensions[i].name;
	return "";
}

const char *
extension_at(size_t i)
{
	return i < EXTENSIONS_N ? extensions[i].name : NULL;
}
