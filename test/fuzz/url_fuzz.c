/* SPDX-License-Identifier: ISC */
/*
 * URLs of any octets, alone and in a message: what is stated is valid JSON
 * within its share.
 */
#include <stdint.h>
#include <stdlib.h>

#include "scan/attachment.h"
#include "scan/phishing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *names[] = {"example.org"};
	struct slice input = slice_of(data, size);
	struct buf json = BUF_LIMITED(META_SCAN_MAX * 2);
	struct json_writer w = JSON_WRITER(&json);
	struct phishing phishing;
	struct reading reading;
	struct urls urls;
	struct meta meta;
	struct option_list domains = {names, 1}, none = {NULL, 0};
	struct watch watch;
	struct url url;
	struct virus virus;
	struct attachment_tools tools = {NULL, &virus, 0};
	struct err err = ERR_INIT;

	if (url_parse(&url, input) == 0)
		url_free(&url);
	meta_init(&meta);
	reading_open(&reading, input);
	urls_init(&urls);
	while (reading_next(&reading))
		urls_add_text(&urls, &reading);
	watch_open(&watch, &domains, NULL, &domains, &none);
	watch_mark(&watch, &urls);
	phishing_find(&phishing, &reading.header, &urls, &meta, &watch);
	watch_close(&watch);
	json_open_object(&w, NULL);
	urls_write(&urls, &w);
	phishing_write(&phishing, &w);
	virus_open(&virus, NULL, VIRUS_ATTACHMENTS);
	virus_begin(&virus, input, 0);
	attachments_write(&reading.mime, &tools, &w);
	virus_write(&virus, &w);
	virus_free(&virus);
	json_close_object(&w);
	if (w.failed || json_check(buf_slice(&json), &err) < 0)
		abort();
	phishing_free(&phishing);
	urls_free(&urls);
	reading_close(&reading);
	meta_free(&meta);
	buf_free(&json);
	return 0;
}
