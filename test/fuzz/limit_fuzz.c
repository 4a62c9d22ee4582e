/* SPDX-License-Identifier: ISC */
/*
 * Both ends of fe-limit's socket.  What must hold: a question that is answered
 * was JSON, its answer is, too, and is one for the client; what the client
 * keeps of an answer, whoever made it, is JSON that it may put into a record.
 */
#include <stdint.h>
#include <stdlib.h>

#include "net/limit_client.h"
#include "scan/limit_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct limit_rule rules[3];

static void
make_rules(void)
{
	static const char *const texts[] = {
	    "a key=client.net rate=5/h at=connection",
	    "b key=client.ip,client.helo,envelope.to rate=5/h at=unknown",
	    "c key=envelope.from.domain,envelope.to.domain greylist "
	    "at=recipient"};

	for (size_t i = 0; i < 3 && rules[2].name[0] == '\0'; i++)
		if (limit_rule_parse(texts[i], &rules[i], NULL) < 0)
			abort();
}

static void
read_answer(struct slice text, int must)
{
	struct limit_client client;
	struct limit_answer answer;
	struct buf list = BUF_INIT;

	limit_client_init(&client, -1, false);
	if (limit_client_read(&client, text, &answer) < 0 && must)
		abort();
	if (answer.slow_s < 0 || answer.slow_s > LIMIT_SLOW_MAX_S ||
	    answer.retry_after_s < 0)
		abort();
	buf_format(&list, "[%s]", buf_text(&client.entries));
	if (json_check(buf_slice(&list), NULL) < 0)
		abort();
	buf_free(&list);
	limit_client_free(&client);
}

static void
make_keys(struct slice question)
{
	struct buf identity = BUF_INIT;
	struct meta meta;

	if (meta_parse(&meta, question, NULL) < 0)
		return;
	for (size_t i = 0; i < 3; i++)
		limit_key_put(&rules[i], &meta, SLICE_NONE, SLICE("a@b"),
		    &identity);
	buf_free(&identity);
	meta_free(&meta);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct limiter limiter = {.rules = rules, .n = 3, .by = "fe-limit"};
	struct limit_peer peer = {.fd = -1};
	struct slice input = slice_of(data, size);
	struct buf answer = BUF_INIT;

	make_rules();
	make_keys(input);
	if (limit_server_answer(&limiter, &peer, input, &answer) == 0) {
		if (json_check(input, NULL) < 0)
			abort();
		read_answer(buf_slice(&answer), 1);
	}
	buf_free(&answer);
	read_answer(input, 0);
	return 0;
}
