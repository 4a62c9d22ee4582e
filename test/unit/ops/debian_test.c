/* SPDX-License-Identifier: ISC */
/* Versions by deb-version(7), dpkg's list, and Debian's security data. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "ops/vulnerability.h"
#include "unit.h"

static void
orders_versions_as_dpkg_does(void)
{
	/* each is older than the next: the examples of deb-version(7), and
	 * what dpkg --compare-versions says */
	static const char *const versions[] = {"0~~", "0~~a", "0~", "0", "0a",
	    "0.1", "1.0~beta1", "1.0~beta2", "1.0", "1.0-1", "1.0-1+b1",
	    "1.0-2", "1.0-10", "1.0a-1", "1.0+dfsg-1", "1.0.1", "1.2",
	    "1.10", "2.36-9+deb12u1", "2.36-9+deb12u9", "2.36-9+deb12u10",
	    "3.0.11-1~deb12u2", "3.0.11-1", "1:0.1", "1:1.0", "2:0"};

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		for (size_t k = 0; k < sizeof(versions) / sizeof(versions[0]);
		     k++) {
			int is = debian_version_compare(
			    slice_text(versions[i]), slice_text(versions[k]));

			EXPECT_NUMBER(versions[k], i < k ? -1 : i > k,
			    is < 0 ? -1 : is > 0);
		}
	EXPECT(debian_version_compare(SLICE("1.0"), SLICE("0:1.0-0")) == 0);
	EXPECT(debian_version_compare(SLICE("1.001"), SLICE("1.1")) == 0);
}

static const char status[] =
    "Package: libssl3\nStatus: install ok installed\nSource: openssl\n"
    "Version: 3.0.11-1~deb12u2\n\n"
    "Package: openssl\nStatus: install ok installed\n"
    "Version: 3.0.13-1~deb12u1\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
    "Package: libc6\nStatus: install ok installed\n"
    "Source: glibc (2.36-9)\nVersion: 2.36-9+b3\n";

static void
reads_the_sources_of_installed_packages(void)
{
	struct debian_sources s;
	const struct debian_source *one;

	debian_sources_parse(&s, slice_text(status));
	EXPECT_NUMBER("sources", 2, s.n);
	one = debian_sources_find(&s, "openssl");
	EXPECT(one != NULL);
	if (one != NULL) /* the lower of the two */
		EXPECT_SLICE("version", SLICE("3.0.11-1~deb12u2"),
		    slice_text(one->version));
	one = debian_sources_find(&s, "glibc");
	EXPECT(one != NULL);
	if (one != NULL)
		EXPECT_SLICE(
		    "version", SLICE("2.36-9"), slice_text(one->version));
	EXPECT(debian_sources_find(&s, "gone") == NULL);
	debian_sources_free(&s);
}

static int
parse(struct vulnerabilities *v, const char *text, struct err *err)
{
	struct debian_sources s;
	int fd = memfd_create("data", 0), result = -1;

	memset(v, 0, sizeof(*v));
	debian_sources_parse(&s, slice_text(status));
	if (io_write(fd, text, strlen(text)) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0)
		result = vulnerabilities_parse(
		    v, fd, "data", &s, "bookworm", err);
	close(fd);
	debian_sources_free(&s);
	return result;
}

static void
clear(struct vulnerabilities *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->items[i].source);
		free(v->items[i].name);
		free(v->items[i].installed);
		free(v->items[i].fixed);
	}
	free(v->items);
}

static void
finds_what_is_mended_and_not_installed(void)
{
	static const char text[] = "{\"other\":{\"CVE-1\":{\"releases\":{"
	    "\"bookworm\":{\"status\":\"open\"}}}},"
	    "\"openssl\":{"
	    "\"CVE-A\":{\"description\":\"{ } [ \\\" ]\",\"releases\":{"
	    "\"trixie\":{\"status\":\"open\"},"
	    "\"bookworm\":{\"status\":\"resolved\",\"repositories\":{"
	    "\"bookworm\":\"3.0.13\"},\"fixed_version\":"
	    "\"3.0.13-1~deb12u1\",\"urgency\":\"high\"}}},"
	    "\"CVE-B\":{\"releases\":{\"bookworm\":{\"status\":\"resolved\","
	    "\"fixed_version\":\"3.0.11-1~deb12u2\"}}},"
	    "\"CVE-C\":{\"releases\":{\"bookworm\":{\"status\":\"open\","
	    "\"urgency\":\"low**\"}}},"
	    "\"CVE-D\":{\"releases\":{\"bookworm\":{\"status\":\"open\","
	    "\"urgency\":\"unimportant\"}}},"
	    "\"CVE-E\":{\"releases\":{\"bookworm\":{\"status\":\"resolved\","
	    "\"fixed_version\":\"0\"}}},"
	    "\"CVE-F\":{\"releases\":{\"bookworm\":{\"status\":"
	    "\"undetermined\"}}},\"CVE-G\":{\"releases\":{}}}}";
	struct vulnerabilities v;
	struct err err = ERR_INIT;

	EXPECT(parse(&v, text, &err) == 0);
	EXPECT_NUMBER("found", 2, v.n);
	if (v.n == 2) {
		EXPECT_SLICE("name", SLICE("CVE-A"),
		    slice_text(v.items[0].name));
		EXPECT_SLICE("fixed", SLICE("3.0.13-1~deb12u1"),
		    slice_text(v.items[0].fixed));
		EXPECT(v.items[0].urgency == URGENCY_HIGH);
		EXPECT_SLICE("name", SLICE("CVE-C"),
		    slice_text(v.items[1].name));
		EXPECT(v.items[1].fixed == NULL);
		EXPECT(v.items[1].urgency == URGENCY_LOW);
	}
	clear(&v);
}

static void
refuses_what_is_no_such_data(void)
{
	static const char *const texts[] = {"", "[]", "{", "{\"openssl\":{",
	    "{\"openssl\":{\"CVE-A\":{\"releases\":{\"bookworm\":{\"status\"",
	    "{]", "{\"a\":[}", "\"x", "{\"a\":\"b", "\x01", "{{", "{1}",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["};
	struct vulnerabilities v;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct err err = ERR_INIT;

		EXPECT_NUMBER(texts[i], -1, parse(&v, texts[i], &err));
		EXPECT(err.kind == ERR_CONFIG);
		clear(&v);
	}
}

int
main(void)
{
	UNIT_RUN(orders_versions_as_dpkg_does);
	UNIT_RUN(reads_the_sources_of_installed_packages);
	UNIT_RUN(finds_what_is_mended_and_not_installed);
	UNIT_RUN(refuses_what_is_no_such_data);
	return UNIT_RESULT;
}
