/* SPDX-License-Identifier: ISC */
/*
 * scan_bench MODEL FILE...: CPU time of the layers of fe-scan but clamd and
 * the archive child, over these messages held in memory; and of training.
 * Files whose folder is named ham are ham.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"
#include "scan/attachment.h"
#include "scan/learner.h"
#include "scan/phishing.h"
#include "scan/spam.h"

struct bench {
	struct buf *messages;
	bool *spam;
	size_t n;
	struct model model;
	struct features features;
	struct watch watch;
	double kept; /* so that nothing is optimised away */
};

static void
score_grams(struct bench *b, struct slice message)
{
	features_make_grams(&b->features, message);
	b->kept += model_gram_score(&b->model, &b->features.grams);
}

static void
score_both(struct bench *b, struct slice message)
{
	struct model_scores scores;

	features_make(&b->features, message);
	model_score(&b->model, &b->features, &scores);
	b->kept += scores.spam;
}

static void
do_all(struct bench *b, struct slice message)
{
	struct buf json = BUF_LIMITED(META_SCAN_MAX);
	struct json_writer w = JSON_WRITER(&json);
	struct virus virus;
	struct attachment_tools tools = {NULL, &virus, 0};
	struct phishing phishing;
	struct model_scores scores;
	struct reading reading;
	struct urls urls;
	struct meta meta;

	meta_init(&meta);
	json_open_object(&w, NULL);
	urls_init(&urls);
	reading_open(&reading, message);
	features_begin(&b->features, &reading);
	while (reading_next(&reading)) {
		features_add_text(&b->features, &reading);
		urls_add_text(&urls, &reading);
	}
	features_end(&b->features);
	model_score(&b->model, &b->features, &scores);
	watch_mark(&b->watch, &urls);
	urls_write(&urls, &w);
	phishing_find(&phishing, &reading.header, &urls, &meta, &b->watch);
	phishing_write(&phishing, &w);
	virus_open(&virus, NULL, VIRUS_ATTACHMENTS);
	virus_begin(&virus, message, 0);
	attachments_write(&reading.mime, &tools, &w);
	virus_write(&virus, &w);
	json_close_object(&w);
	b->kept += (double)json.n + scores.spam;
	virus_free(&virus);
	phishing_free(&phishing);
	urls_free(&urls);
	reading_close(&reading);
	meta_free(&meta);
	buf_free(&json);
}

static void
measure(struct bench *b, const char *what,
    void (*run)(struct bench *b, struct slice message))
{
	int64_t best = INT64_MAX;

	for (int round = 0; round < 3; round++) {
		int64_t since = clock_cpu_us();

		for (size_t i = 0; i < b->n; i++)
			run(b, buf_slice(&b->messages[i]));
		since = clock_cpu_us() - since;
		best = since < best ? since : best;
	}
	printf("%-28s %8.0f messages a CPU second, %6.1f us each\n", what,
	    (double)b->n * 1e6 / (double)best, (double)best / (double)b->n);
}

static void
train(struct bench *b)
{
	struct examples examples;
	struct err err = ERR_INIT;
	struct model m;
	int64_t since = clock_cpu_us();

	examples_init(&examples);
	model_init(&m);
	for (size_t i = 0; i < b->n; i++) {
		features_make(&b->features, buf_slice(&b->messages[i]));
		examples_add(&examples, &b->features, b->spam[i], &err);
	}
	learner_train(&m, &examples, 1, 1, &b->features);
	printf("%-28s %8.2f CPU seconds for %zu messages\n", "training",
	    (double)(clock_cpu_us() - since) / 1e6, b->n);
	model_free(&m);
	examples_free(&examples);
}

int
main(int argc, char *argv[])
{
	const struct option_list none = {NULL, 0};
	struct bench b = {.n = 0};
	struct err err = ERR_INIT;
	size_t octets = 0;

	if (argc < 3)
		return 64;
	b.messages = mem_array(NULL, (size_t)argc, sizeof(*b.messages));
	b.spam = mem_array(NULL, (size_t)argc, sizeof(*b.spam));
	features_init(&b.features);
	model_init(&b.model);
	watch_open(&b.watch, &none, "example.org", &none, &none);
	if (model_read(&b.model, argv[1], &err) < 0) {
		fprintf(stderr, "scan_bench: %s\n", err.text);
		return 75;
	}
	for (int i = 2; i < argc; i++, b.n++) {
		b.messages[b.n] = (struct buf)BUF_INIT;
		b.spam[b.n] = strstr(argv[i], "/ham/") == NULL;
		if (io_read_file(argv[i], &b.messages[b.n], &err) < 0) {
			fprintf(stderr, "scan_bench: %s\n", err.text);
			return 75;
		}
		octets += b.messages[b.n].n;
	}
	printf("%zu messages, %zu octets each\n", b.n, octets / b.n);
	measure(&b, "grams alone", score_grams);
	measure(&b, "grams and pairs", score_both);
	measure(&b, "all layers but clamd", do_all);
	train(&b);
	return b.kept < 0;
}
