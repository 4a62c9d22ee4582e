/* SPDX-License-Identifier: ISC */
/* The tables of the language; see vocabulary.h for what a row means. */
#include "vocabulary.h"

#define COMMAND false
#define TEST true

static const struct word_def words[] = {
    {"require", WORD_REQUIRE, COMMAND, EXT_NONE, 0, SHAPE_PLAIN, "L", {0}},
    {"if", WORD_IF, COMMAND, EXT_NONE, 0, SHAPE_TEST, "", {0}},
    {"elsif", WORD_ELSIF, COMMAND, EXT_NONE, 0, SHAPE_TEST, "", {0}},
    {"else", WORD_ELSE, COMMAND, EXT_NONE, 0, SHAPE_BLOCK, "", {0}},
    {"stop", WORD_STOP, COMMAND, EXT_NONE, 0, SHAPE_PLAIN, "", {0}},
    {"keep", WORD_KEEP, COMMAND, EXT_NONE, 0, SHAPE_PLAIN, "", {TAG_FLAGS}},
    {"discard", WORD_DISCARD, COMMAND, EXT_NONE, 0, SHAPE_PLAIN, "", {0}},
    {"redirect", WORD_REDIRECT, COMMAND, EXT_NONE, 0, SHAPE_PLAIN, "S",
	{TAG_COPY}},
    {"fileinto", WORD_FILEINTO, COMMAND, EXT_FILEINTO, 0, SHAPE_PLAIN, "S",
	{TAG_COPY, TAG_CREATE, TAG_FLAGS}},
    {"reject", WORD_REJECT, COMMAND, EXT_REJECT, 0, SHAPE_PLAIN, "S", {0}},
    {"ereject", WORD_EREJECT, COMMAND, EXT_EREJECT, 0, SHAPE_PLAIN, "S", {0}},
    {"set", WORD_SET, COMMAND, EXT_VARIABLES, 0, SHAPE_PLAIN, "SS",
	{TAG_LOWER, TAG_UPPER, TAG_LOWERFIRST, TAG_UPPERFIRST,
	TAG_QUOTEWILDCARD, TAG_QUOTEREGEX, TAG_LENGTH, TAG_ENCODEURL}},
    {"setflag", WORD_SETFLAG, COMMAND, EXT_IMAP4FLAGS, 0, SHAPE_PLAIN, "?SL",
	{0}},
    {"addflag", WORD_ADDFLAG, COMMAND, EXT_IMAP4FLAGS, 0, SHAPE_PLAIN, "?SL",
	{0}},
    {"removeflag", WORD_REMOVEFLAG, COMMAND, EXT_IMAP4FLAGS, 0, SHAPE_PLAIN,
	"?SL", {0}},
    {"addheader", WORD_ADDHEADER, COMMAND, EXT_EDITHEADER, 0, SHAPE_PLAIN,
	"SS", {TAG_LAST}},
    {"deleteheader", WORD_DELETEHEADER, COMMAND, EXT_EDITHEADER,
	TAKES_MATCH | TAKES_INDEX, SHAPE_PLAIN, "S?L", {0}},
    {"vacation", WORD_VACATION, COMMAND, EXT_VACATION, 0, SHAPE_PLAIN, "S",
	{TAG_DAYS, TAG_SECONDS, TAG_SUBJECT, TAG_FROM, TAG_ADDRESSES,
	TAG_MIME, TAG_HANDLE}},
    {"notify", WORD_NOTIFY, COMMAND, EXT_ENOTIFY, 0, SHAPE_PLAIN, "S",
	{TAG_FROM, TAG_IMPORTANCE, TAG_OPTIONS, TAG_MESSAGE}},
    {"include", WORD_INCLUDE, COMMAND, EXT_INCLUDE, 0, SHAPE_PLAIN, "S",
	{TAG_PERSONAL, TAG_GLOBAL, TAG_ONCE, TAG_OPTIONAL}},
    {"return", WORD_RETURN, COMMAND, EXT_INCLUDE, 0, SHAPE_PLAIN, "", {0}},
    {"global", WORD_GLOBAL, COMMAND, EXT_INCLUDE, 0, SHAPE_PLAIN, "L", {0}},
    {"quarantine", WORD_QUARANTINE, COMMAND, EXT_RECORD, 0, SHAPE_PLAIN,
	"?S", {0}},
    {"tempfail", WORD_TEMPFAIL, COMMAND, EXT_RECORD, 0, SHAPE_PLAIN, "S",
	{0}},

    {"address", WORD_ADDRESS, TEST, EXT_NONE,
	TAKES_MATCH | TAKES_PART | TAKES_INDEX, SHAPE_PLAIN, "LL", {0}},
    {"allof", WORD_ALLOF, TEST, EXT_NONE, 0, SHAPE_TESTS, "", {0}},
    {"anyof", WORD_ANYOF, TEST, EXT_NONE, 0, SHAPE_TESTS, "", {0}},
    {"envelope", WORD_ENVELOPE, TEST, EXT_ENVELOPE, TAKES_MATCH | TAKES_PART,
	SHAPE_PLAIN, "LL", {0}},
    {"exists", WORD_EXISTS, TEST, EXT_NONE, 0, SHAPE_PLAIN, "L", {0}},
    {"false", WORD_FALSE, TEST, EXT_NONE, 0, SHAPE_PLAIN, "", {0}},
    {"header", WORD_HEADER, TEST, EXT_NONE, TAKES_MATCH | TAKES_INDEX,
	SHAPE_PLAIN, "LL", {0}},
    {"not", WORD_NOT, TEST, EXT_NONE, 0, SHAPE_TEST, "", {0}},
    {"size", WORD_SIZE, TEST, EXT_NONE, 0, SHAPE_PLAIN, "",
	{TAG_OVER, TAG_UNDER}},
    {"true", WORD_TRUE, TEST, EXT_NONE, 0, SHAPE_PLAIN, "", {0}},
    {"body", WORD_BODY, TEST, EXT_BODY, TAKES_MATCH, SHAPE_PLAIN, "L",
	{TAG_RAW, TAG_CONTENT, TAG_TEXT}},
    {"string", WORD_STRING, TEST, EXT_VARIABLES, TAKES_MATCH, SHAPE_PLAIN,
	"LL", {0}},
    {"hasflag", WORD_HASFLAG, TEST, EXT_IMAP4FLAGS, TAKES_MATCH, SHAPE_PLAIN,
	"?LL", {0}},
    {"date", WORD_DATE, TEST, EXT_DATE, TAKES_MATCH | TAKES_INDEX,
	SHAPE_PLAIN, "SSL", {TAG_ZONE, TAG_ORIGINALZONE}},
    {"currentdate", WORD_CURRENTDATE, TEST, EXT_DATE, TAKES_MATCH,
	SHAPE_PLAIN, "SL", {TAG_ZONE}},
    {"mailboxexists", WORD_MAILBOXEXISTS, TEST, EXT_MAILBOX, 0, SHAPE_PLAIN,
	"L", {0}},
    {"environment", WORD_ENVIRONMENT, TEST, EXT_ENVIRONMENT, TAKES_MATCH,
	SHAPE_PLAIN, "SL", {0}},
    {"spamtest", WORD_SPAMTEST, TEST, EXT_SPAMTEST, TAKES_MATCH, SHAPE_PLAIN,
	"S", {TAG_PERCENT}},
    {"virustest", WORD_VIRUSTEST, TEST, EXT_VIRUSTEST, TAKES_MATCH,
	SHAPE_PLAIN, "S", {0}},
    {"valid_notify_method", WORD_VALID_NOTIFY_METHOD, TEST, EXT_ENOTIFY, 0,
	SHAPE_PLAIN, "L", {0}},
    {"notify_method_capability", WORD_NOTIFY_METHOD_CAPABILITY, TEST,
	EXT_ENOTIFY, TAKES_MATCH, SHAPE_PLAIN, "SSL", {0}},
    {"duplicate", WORD_DUPLICATE, TEST, EXT_DUPLICATE, 0, SHAPE_PLAIN, "",
	{TAG_HANDLE, TAG_HEADER, TAG_UNIQUEID, TAG_SECONDS, TAG_LAST}},
    {"fe", WORD_FE, TEST, EXT_RECORD, TAKES_MATCH, SHAPE_PLAIN, "LL", {0}},
};
#define WORDS_N (sizeof(words) / sizeof(*words))

static const struct tag_def tags[] = {
    {"copy", TAG_COPY, 0, EXT_COPY},
    {"create", TAG_CREATE, 0, EXT_MAILBOX},
    {"flags", TAG_FLAGS, 'L', EXT_IMAP4FLAGS},
    {"over", TAG_OVER, 'N', EXT_NONE},
    {"under", TAG_UNDER, 'N', EXT_NONE},
    {"raw", TAG_RAW, 0, EXT_NONE},
    {"content", TAG_CONTENT, 'L', EXT_NONE},
    {"text", TAG_TEXT, 0, EXT_NONE},
    {"lower", TAG_LOWER, 0, EXT_NONE},
    {"upper", TAG_UPPER, 0, EXT_NONE},
    {"lowerfirst", TAG_LOWERFIRST, 0, EXT_NONE},
    {"upperfirst", TAG_UPPERFIRST, 0, EXT_NONE},
    {"quotewildcard", TAG_QUOTEWILDCARD, 0, EXT_NONE},
    {"quoteregex", TAG_QUOTEREGEX, 0, EXT_REGEX},
    {"length", TAG_LENGTH, 0, EXT_NONE},
    {"encodeurl", TAG_ENCODEURL, 0, EXT_ENOTIFY},
    {"days", TAG_DAYS, 'N', EXT_NONE},
    {"seconds", TAG_SECONDS, 'N', EXT_NONE},
    {"subject", TAG_SUBJECT, 'S', EXT_NONE},
    {"from", TAG_FROM, 'S', EXT_NONE},
    {"addresses", TAG_ADDRESSES, 'L', EXT_NONE},
    {"mime", TAG_MIME, 0, EXT_NONE},
    {"handle", TAG_HANDLE, 'S', EXT_NONE},
    {"zone", TAG_ZONE, 'S', EXT_NONE},
    {"originalzone", TAG_ORIGINALZONE, 0, EXT_NONE},
    {"index", TAG_INDEX, 'N', EXT_INDEX},
    {"last", TAG_LAST, 0, EXT_NONE},
    {"percent", TAG_PERCENT, 0, EXT_SPAMTESTPLUS},
    {"importance", TAG_IMPORTANCE, 'S', EXT_NONE},
    {"options", TAG_OPTIONS, 'L', EXT_NONE},
    {"message", TAG_MESSAGE, 'S', EXT_NONE},
    {"personal", TAG_PERSONAL, 0, EXT_NONE},
    {"global", TAG_GLOBAL, 0, EXT_NONE},
    {"once", TAG_ONCE, 0, EXT_NONE},
    {"optional", TAG_OPTIONAL, 0, EXT_NONE},
    {"header", TAG_HEADER, 'S', EXT_NONE},
    {"uniqueid", TAG_UNIQUEID, 'S', EXT_NONE},
    {"comparator", TAG_COMPARATOR, 'S', EXT_NONE},
    {"is", TAG_IS, 0, EXT_NONE},
    {"contains", TAG_CONTAINS, 0, EXT_NONE},
    {"matches", TAG_MATCHES, 0, EXT_NONE},
    {"regex", TAG_REGEX, 0, EXT_REGEX},
    {"count", TAG_COUNT, 'S', EXT_RELATIONAL},
    {"value", TAG_VALUE, 'S', EXT_RELATIONAL},
    {"all", TAG_ALL, 0, EXT_NONE},
    {"localpart", TAG_LOCALPART, 0, EXT_NONE},
    {"domain", TAG_DOMAIN, 0, EXT_NONE},
    {"user", TAG_USER, 0, EXT_SUBADDRESS},
    {"detail", TAG_DETAIL, 0, EXT_SUBADDRESS},
};
#define TAGS_N (sizeof(tags) / sizeof(*tags))

const struct word_def *
word_find(struct slice name, bool is_test)
{
	for (size_t i = 0; i < WORDS_N; i++)
		if (words[i].is_test == is_test &&
		    slice_case_is(name, words[i].name))
			return &words[i];
	return NULL;
}

static bool
word_takes(const struct word_def *word, enum sieve_tag tag)
{
	if (tag >= TAG_ALL)
		return (word->takes & TAKES_PART) != 0;
	if (tag >= TAG_COMPARATOR)
		return (word->takes & TAKES_MATCH) != 0;
	if ((tag == TAG_INDEX || tag == TAG_LAST) && word->takes & TAKES_INDEX)
		return true;
	for (size_t i = 0; i < WORD_TAGS_MAX; i++)
		if (word->tags[i] == tag)
			return true;
	return false;
}

const struct tag_def *
tag_find(const struct word_def *word, struct slice name)
{
	for (size_t i = 0; i < TAGS_N; i++)
		if (slice_case_is(name, tags[i].name) &&
		    word_takes(word, tags[i].tag))
			return &tags[i];
	return NULL;
}

bool
tag_exists(struct slice name)
{
	for (size_t i = 0; i < TAGS_N; i++)
		if (slice_case_is(name, tags[i].name))
			return true;
	return false;
}

enum sieve_extension
tag_needs(const struct word_def *word, const struct tag_def *tag)
{
	/* The last of the header fields is a matter of `index', but
	 * `editheader' brings its own. */
	if (tag->tag == TAG_SECONDS && word->word == WORD_VACATION)
		return EXT_VACATION_SECONDS;
	if ((tag->tag == TAG_INDEX || tag->tag == TAG_LAST) &&
	    word->takes & TAKES_INDEX)
		return word->word == WORD_DELETEHEADER ? EXT_NONE : EXT_INDEX;
	return tag->extension;
}
