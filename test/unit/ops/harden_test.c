/* SPDX-License-Identifier: ISC */
/*
 * Wants, configuration lines, ports, records of fe-harden.
 */
#include <stdlib.h>

#include "ops/harden_config.h"
#include "ops/harden_item.h"
#include "ops/harden_record.h"
#include "unit.h"

static void
a_want_is_met_by_what_it_names(void)
{
	static const struct {
		const char *want, *seen;
		bool met;
	} rows[] = {{"2", "2", true}, {"2", "20", false}, {"no", "No", true},
	    {"2|1", "1", true}, {"2|1", "0", false}, {"2|1", "", false},
	    {">=2", "3", true}, {">=2", "1", false}, {">=2", "x", false},
	    {">=2", "", false}, {"<=0", "-1", true}, {"<=0", "1", false},
	    {"0|>=8", "9", true}, {"|/bin/false", "|/bin/false", true},
	    {"|/bin/false", "core", false}, {"|/bin/false", "", false},
	    {"only:a,b", "a", true}, {"only:a,b", "b,a", true},
	    {"only:a,b", "a,c", false}, {"only:a,b", "", false}};
	char label[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(label, sizeof(label), "%s / %s", rows[i].want,
		    rows[i].seen);
		EXPECT_NUMBER(label, rows[i].met,
		    harden_want_is_met(rows[i].want, rows[i].seen));
	}
}

static void
what_is_written_is_the_first_that_is_wanted(void)
{
	static const char *const rows[][2] = {{"2|1", "2"}, {">=10", "10"},
	    {"<=0", "0"}, {"only:a,b", "a,b"}, {"|/bin/false", "|/bin/false"}};
	char out[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		harden_want_first(rows[i][0], out, sizeof(out));
		EXPECT_SLICE(rows[i][0], slice_text(rows[i][1]),
		    slice_text(out));
	}
}

static void
lines_of_sysctl_are_read(void)
{
	struct slice key, value;

	EXPECT(harden_sysctl_line(SLICE(" - a.b =  1 2 "), &key, &value));
	EXPECT_SLICE("key", SLICE("a.b"), key);
	EXPECT_SLICE("value", SLICE("1 2"), value);
	EXPECT(!harden_sysctl_line(SLICE("# a = b"), &key, &value));
	EXPECT(!harden_sysctl_line(SLICE("; a = b"), &key, &value));
	EXPECT(!harden_sysctl_line(SLICE("a.b"), &key, &value));
	EXPECT(!harden_sysctl_line(SLICE("= 1"), &key, &value));
	EXPECT(harden_sysctl_is(SLICE("a/b"), "a.b"));
	EXPECT(harden_sysctl_is(SLICE("a.*.c"), "a.b.c"));
	EXPECT(!harden_sysctl_is(SLICE("a.b"), "a.bc"));
}

static void
lines_of_mounts_are_read(void)
{
	struct harden_mount mount;

	EXPECT(harden_mountinfo_line(SLICE("36 35 98:0 /mnt1 /a\\040b "
	    "rw,noatime master:1 - ext3 /dev/root rw,errors=continue"),
	    &mount));
	EXPECT_SLICE("point", SLICE("/a b"), slice_text(mount.point));
	EXPECT_SLICE("options", SLICE("rw,noatime"), slice_text(mount.options));
	EXPECT_SLICE("device", SLICE("98:0"), slice_text(mount.device));
	EXPECT_SLICE("source", SLICE("/dev/root"), slice_text(mount.source));
	EXPECT(!harden_mountinfo_line(SLICE("36 35 98:0"), &mount));
	EXPECT(harden_fstab_line(SLICE("/dev/sda1\t/boot ext4 nodev 0 2"),
	    &mount));
	EXPECT_SLICE("fstab", SLICE("nodev"), slice_text(mount.options));
	EXPECT(!harden_fstab_line(SLICE("#/dev/sda1 /boot ext4 x"), &mount));
	EXPECT(!harden_fstab_line(SLICE("/dev/sda2 none swap sw"), &mount));
}

static void
values_of_apt_and_sshd_are_read(void)
{
	struct buf value = BUF_INIT;
	struct slice got;

	EXPECT(harden_apt_value(SLICE("A::B \"0\";\n a::b \"1\"; // x\nA::Bc "
	    "\"7\";"), "A::B", &value));
	EXPECT_SLICE("apt", SLICE("1"), buf_slice(&value));
	EXPECT(!harden_apt_value(SLICE("A::C \"0\";"), "A::B", &value));
	EXPECT(harden_sshd_value(SLICE("port 22\nusepam yes\nport 23\n"),
	    "Port", &got));
	EXPECT_SLICE("sshd", SLICE("22"), got);
	EXPECT(!harden_sshd_value(SLICE("ports 22\n"), "Port", &got));
	buf_free(&value);
}

static void
ports_are_read(void)
{
	static const char *const bad[] = {"", "0", "65536", "25/sctp", "a",
	    "25 from", "25 from x", "25 from 192.0.2.1/24", "25/"};
	struct firewall_port port;
	struct err err = ERR_INIT;

	EXPECT(firewall_port_parse(SLICE("53/udp"), &port, &err) == 0);
	EXPECT(port.port == 53 && port.udp && !port.limited);
	EXPECT(firewall_port_parse(
		   SLICE("22 from 2001:db8::/32"), &port, &err) == 0);
	EXPECT(port.port == 22 && !port.udp && port.limited &&
	    port.from.bits == 32);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_NUMBER(bad[i], -1,
		    firewall_port_parse(slice_text(bad[i]), &port, &err));
}

/* What was written is read again as it was. */
static void
a_record_comes_back_from_its_text(void)
{
	static const char text[] =
	    "{\"fe\":1,\"number\":7,\"state\":\"pending\",\"time\":1,"
	    "\"effect\":2,\"deadline\":3,\"boot\":\"b\",\"applied\":[\"x.y\"],"
	    "\"folders\":[\"/a\"],\"files\":[{\"path\":\"/a/b\","
	    "\"old_kind\":\"file\",\"new_kind\":\"link\",\"new\":\"\\u0001\","
	    "\"new_mode\":420}],\"live\":[{\"item\":\"x.y\",\"kind\":\"poke\","
	    "\"key\":\"k\",\"value\":\"v\",\"old\":\"o\\n\"}]}\n";
	struct harden_record record;
	struct buf out = BUF_INIT;
	struct err err = ERR_INIT;

	EXPECT(harden_record_parse(&record, SLICE(text), "r", &err) == 0);
	EXPECT(record.number == 7 && record.state == HARDEN_PENDING);
	EXPECT(record.changes_n == 1 && record.changes[0].old == NULL);
	EXPECT(record.changes[0].new_mode == 0644);
	harden_record_render(&record, &out);
	EXPECT_SLICE("text", SLICE(text), buf_slice(&out));
	harden_record_free(&record);
	buf_free(&out);
}

static void
a_record_that_is_none_is_refused(void)
{
	static const char *const bad[] = {"", "{}", "{\"fe\":1}",
	    "{\"fe\":1,\"number\":1,\"state\":\"odd\"}",
	    "{\"fe\":1,\"number\":1,\"state\":\"done\",\"files\":[{\"path\":"
	    "\"etc/x\",\"old_kind\":\"file\",\"new_kind\":\"file\"}]}",
	    "{\"fe\":1,\"number\":1,\"state\":\"done\",\"folders\":[\"a\"]}",
	    "{\"fe\":1,\"number\":1,\"state\":\"done\",\"live\":[{\"kind\":"
	    "\"poke\",\"key\":\"k\",\"value\":\"v\",\"item\":\"i\"}]}"};
	struct harden_record record;
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&err);
		EXPECT_NUMBER(bad[i], -1,
		    harden_record_parse(
			&record, slice_text(bad[i]), "r", &err));
		EXPECT(err.text[0] != '\0');
	}
}

int
main(void)
{
	UNIT_RUN(a_want_is_met_by_what_it_names);
	UNIT_RUN(what_is_written_is_the_first_that_is_wanted);
	UNIT_RUN(lines_of_sysctl_are_read);
	UNIT_RUN(lines_of_mounts_are_read);
	UNIT_RUN(values_of_apt_and_sshd_are_read);
	UNIT_RUN(ports_are_read);
	UNIT_RUN(a_record_comes_back_from_its_text);
	UNIT_RUN(a_record_that_is_none_is_refused);
	return UNIT_RESULT;
}
