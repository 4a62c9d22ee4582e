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
	struct slice input = slice_of(data, size);
	struct buf json = BUF_LIMITED(META_SCAN_MAX * 2);
	struct json_writer w = JSON_WRITER(&json);
	struct phishing phishing;
	struct header header;
	struct urls urls;
	struct mime mime;
	struct meta meta;
	struct url url;
	struct err err = ERR_INIT;

	if (url_parse(&url, input) == 0)
		url_free(&url);
	meta_init(&meta);
	header_parse(&header, input);
	mime_parse(&mime, input, NULL);
	urls_find(&urls, &mime);
	phishing_find(&phishing, &header, &urls, &meta);
	json_open_object(&w, NULL);
	urls_write(&urls, &w);
	phishing_write(&phishing, &w);
	attachments_write(&mime, &w);
	json_close_object(&w);
	if (w.failed || json_check(buf_slice(&json), &err) < 0)
		abort();
	phishing_free(&phishing);
	urls_free(&urls);
	mime_free(&mime);
	header_free(&header);
	meta_free(&meta);
	buf_free(&json);
	return 0;
}
