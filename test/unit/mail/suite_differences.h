/* SPDX-License-Identifier: ISC */
#ifndef FE_TEST_SUITE_DIFFERENCES_H
#define FE_TEST_SUITE_DIFFERENCES_H

#include <stddef.h>

/*
 * Where we read a case of the suite otherwise, what we read, and why.  Messages
 * have two numbers each: 2n with LF, 2n + 1 with CRLF line ends.
 */
struct difference {
	const char *suite;
	size_t index;
	const char *got, *reason;
};

static const struct difference differences[] = {
	{"address", 8,
	    "Pete<pete@silly.test>",
	    "a comment is no part of a name that is there"},
	{"address", 9,
	    "Pete chap)<pete@silly.test>",
	    "a comment is no part of a name that is there"},
	{"address", 10,
	    "*Chris Jones<c@public.example>|*<joe@example.org>|*John<"
	    "jdoe@one.test>",
	    "a comment is no part of a name that is there"},
	{"address", 11,
	    "",
	    "a group that holds only a comment is empty"},
	{"address", 13,
	    "Mary Smith<mary@example.net>|<jdoe@test.example>",
	    "routes are dropped, blanks around dots are none of the a"
	    "ddress"},
	{"address", 14,
	    "John Doe<jdoe@machine.example>",
	    "a comment is no part of a name that is there"},
	{"address", 22,
	    "Nathaniel Borenstein<nsb@thumper.bellcore.com>",
	    "a comment is no part of a name that is there"},
	{"address", 56,
	    "Name Doe<a@b.com>",
	    "a comment is no part of a name that is there"},
	{"date", 10,
	    "",
	    "a month is a name (RFC 5322, 3.3)"},
	{"date", 12,
	    "",
	    "numbers alone are no date"},
	{"date", 28,
	    "",
	    "that is a Received field; received.h finds its date"},
	{"date", 30,
	    "1997-07-10T14:53:31.000Z",
	    "EST5EDT is no zone of RFC 5322: UTC"},
	{"content_type", 31,
	    "application/pdf;filename=\xc3\x91" "and\xc3\xbaiso-8859-"
	    "1' r\xc3\xa1pidoiso-8859-1' (versi\xc3\xb3n '99 \"oficia"
	    "l\").pdf",
	    "only the first piece names a charset (RFC 2231, 4.1)"},
	{"content_type", 34,
	    "image/jpeg;name=\xc3\xa1\xc3\xa9\xc3\xad.jpeg",
	    "blanks between encoded words are none, within quotes too"},
	{"content_type", 61,
	    "malicious/attempt;1=ha;15===g;18=*=*=*=*==i;3=b;4=c;9=f",
	    "a name does not begin with an asterisk"},
	{"unstructured", 21,
	    "[SUSPECTED SPAM]This is the original subject",
	    "no blank is made up between text and encoded word"},
	{"unstructured", 22,
	    "Some text here",
	    "an empty encoded word is nothing, not a blank"},
	{"unstructured", 27,
	    "[SUSPECTED SPAM]This is the original subject",
	    "no blank is made up between text and encoded word"},
	{"unstructured", 28,
	    "[SUSPECTED SPAM]This is the original subject",
	    "no blank is made up between text and encoded word"},
	{"received", 13,
	    "from=ca-ex-bridge1.nai.com by=scwsout1.nai.com 2003-02-0"
	    "7T18:18:12.000Z",
	    "the date is in ctime(3) form, and the suite misreads it"},
	{"received", 16,
	    "from=142.169.110.122 by=mail.nomis80.org 2004-04-03T15:3"
	    "3:43.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 17,
	    "from=82.135.198.129 by=FWM-M18.sysops.aol.com 2007-06-19"
	    "T15:16:54.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 28,
	    "ip=10.225.209.19 by=ecelerity-va-1 id=EE/20-30863-33CE10"
	    "54 2006-09-08T22:18:27.000Z",
	    "an id may hold a slash"},
	{"received", 29,
	    "ip=127.0.0.1 by=bm1-21.ed10.com id=8B/57-16227-3764EB44 "
	    "for=example@vandinter.org 2006-07-19T14:49:23.000Z",
	    "an id may hold a slash"},
	{"received", 30,
	    "ip=192.168.1.151 by=m12.prod.democracyinaction.com helo="
	    "dev1.democracyinaction.org id=52/92-02454-89FBA054 for=e"
	    "xample@vandinter.org 2006-09-15T14:58:32.000Z",
	    "an id may hold a slash"},
	{"received", 57,
	    "from=213.123.174.21 by=lw11fd.law11.hotmail.msn.com 2002"
	    "-07-24T16:36:44.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 64,
	    "from=postfix3-2.free.fr ip=213.228.0.169 by=totor.bouiss"
	    "ou.net helo=machine.domain.com 2003-11-14T08:05:50.000Z",
	    "an address behind user@ in the comment is the client's t"
	    "oo"},
	{"received", 67,
	    "from=193.220.176.134 ip=193.220.176.134 by=web40310.mail"
	    ".yahoo.com 2003-02-12T22:22:21.000Z",
	    "PST and PDT are known zones"},
	{"received", 86,
	    "from=adsl-207-213-27-129.dsl.lsan03.pacbell.net ip=207.2"
	    "13.27.129 by=totor.bouissou.net helo=merlin.net.au 2003-"
	    "11-10T06:30:34.000Z",
	    "an address behind user@ in the comment is the client's t"
	    "oo"},
	{"received", 87,
	    "from=x1-6-00-04-bd-d2-e0-a3.k317.webspeed.dk ip=80.167.1"
	    "58.170 by=totor.bouissou.net 2003-11-05T23:18:42.000Z",
	    "an address behind user@ in the comment is the client's t"
	    "oo"},
	{"received", 89,
	    "from=snake.corp.yahoo.com ip=216.145.52.229 by=x.x.org i"
	    "d=xma093673 2003-03-27T02:43:24.000Z",
	    "a year of two digits below 50 is of this century (RFC 53"
	    "22, 4.3)"},
	{"received", 90,
	    "from=smtp.greyware.com ip=208.14.208.51 by=x.x.org helo="
	    "smtp.sff.net id=xma002908 2004-02-27T22:16:56.000Z",
	    "a year of two digits below 50 is of this century (RFC 53"
	    "22, 4.3)"},
	{"received", 93,
	    "from=157.54.8.23 by=inet-vrs-05.redmond.corp.microsoft.c"
	    "om 2003-03-06T20:02:35.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 94,
	    "from=10.165.130.62 by=CNNIMAIL12.CNN.COM 2006-09-02T00:2"
	    "8:14.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 97,
	    "from=customer254-217.iplannetworks.net ip=200.69.254.217"
	    " by=smtp.mail.vip.sc5.yahoo.com helo=AGAMENON 2003-03-11"
	    "T21:03:28.000Z",
	    "an address behind user@ in the comment is the client's t"
	    "oo"},
	{"received", 105,
	    "from=206.47.0.153 by=dm3cn8.bell.ca 2003-03-25T00:49:48."
	    "000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 108,
	    "from=62.180.7.250 by=smtp.altavista.de helo=daisy 2002-0"
	    "9-19T17:03:17.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 116,
	    "from=mtsbp606.email-info.net ip=64.253.199.166 by=kde.in"
	    "formatik.uni-kl.de 2003-04-30T15:06:29.000Z",
	    "an address behind user@ in the comment is the client's t"
	    "oo"},
	{"received", 117,
	    "from=TCE-E-7-182-54.bta.net.cn ip=202.106.182.54 by=st.t"
	    "ahina.priv.at id=smtpdEDUB8h 2005-11-13T14:50:12.000Z",
	    "the date is in ctime(3) form, and the suite misreads it"},
	{"received", 118,
	    "from=pl027.nas934.d-osaka.nttpc.ne.jp ip=61.197.82.27 by"
	    "=st.tahina.priv.at id=smtpd1PBsZT 2005-11-13T15:38:52.00"
	    "0Z",
	    "the date is in ctime(3) form, and the suite misreads it"},
	{"received", 119,
	    "from=itrqtnlnq ip=93.124.107.183 by=smtp111.mail.ne1.yah"
	    "oo.com 2011-01-17T16:23:27.000Z",
	    "an address behind user@ in the comment is the client's t"
	    "oo"},
	{"received", 122,
	    "from=127.0.0.1 2005-01-05T23:06:48.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 123,
	    "from=qmail-scanner-general-admin@lists.sourceforge.net b"
	    "y=alpha ",
	    "`by' is followed by the name, not by the next keyword"},
	{"received", 125,
	    "from=Unknown/Local by=mailcity.com 2003-01-17T15:23:29.0"
	    "00Z",
	    "a name ends at a blank"},
	{"received", 128,
	    "from=olgisoft.com ip=127.0.0.1 by=127.0.0.1 for=asrg@iet"
	    "f.org 2003-03-20T09:06:43.000Z",
	    "a year of two digits below 50 is of this century (RFC 53"
	    "22, 4.3)"},
	{"received", 136,
	    "from=156.56.111.196 by=blazing.arsecandle.org 2005-02-06"
	    "T21:11:38.000Z",
	    "a bare address in place of the name may be the client's "
	    "own word"},
	{"received", 144,
	    "from=MjA3NDc4Mg by=ismtpd0001p1lon1.sendgrid.net id=aqHK"
	    "NX2kSp-HiqspAa-uvw for=email@e.example.com 2020-04-02T07"
	    ":53:55.000Z",
	    "seconds may have a fraction"},
	{"received", 148,
	    "from=facebook.com ip=2401:db00:1110:50e8:face:0000:002f:"
	    "0000 by=facebook.com id=423753524b5011e9a83e248a0796a3b2"
	    "-169bd530 2019-03-20T20:39:29.000Z",
	    "the address is given as it was written"},
	{"received", 151,
	    "from=<4124973-137966-3089@be2.maropost.com> by=643852-ma"
	    "iler2 helo=maropost.com 2018-09-14T18:36:56.000Z",
	    "the date is in ctime(3) form, and the suite misreads it"},
	{"received", 153,
	    "from=mail-qw0-f46.google.com ip=209.85.216.46 by=maroon."
	    "pobox.com id=70BCC40A1DB for=address 2011-06-15T14:42:13"
	    ".000Z",
	    "`for' holds what it holds"},
	{"received", 161,
	    "by=host.name id=M2006060503484615455 for=user@domain.co."
	    "uk 2006-06-05T02:48:47.000Z",
	    "comments before `from' are no clauses"},
	{"received", 162,
	    "by=home.example.com id=iBADHRP6011034 2004-12-10T13:17:2"
	    "7.000Z",
	    "comments before `from' are no clauses"},
	{"received", 163,
	    "by=m06.lax.untd.com id=LRVB3JAJ 2006-06-02T15:15:21.000Z",
	    "PST and PDT are known zones"},
	{"received", 165,
	    "2003-02-13T20:59:28.000Z",
	    "comments before `from' are no clauses"},
	{"received", 171,
	    "by=oak.ein.cz id=DABBD1BED3 2003-02-13T13:02:21.000Z",
	    "comments before `from' are no clauses"},
	{"eml/rfc", 0,
	    "multipart/mixed 0-239--\n"
	    "530-531-793 262:895c5903\n"
	    "text/plain 814-858-969 111:17827c3f\n"
	    "multipart/parallel 990-1052--\n"
	    "audio/basic 1072-1133-1218 45:bcf556a3\n"
	    "image/jpeg 1239-1299-1343 22:5af1e40e\n"
	    "text/enriched 1387-1416-1556 140:3019449b\n"
	    "message/rfc822 1577-1607-1830\n"
	    "text/plain 1607-1782-1830 48:14fcade8\n",
	    "base64 is decoded as far as it can be"},
	{"eml/rfc", 1,
	    "multipart/mixed 0-247--\n"
	    "547-549-818 269:d3f3bb3c\n"
	    "text/plain 841-887-1001 114:affde424\n"
	    "multipart/parallel 1024-1088--\n"
	    "audio/basic 1109-1173-1260 45:bcf556a3\n"
	    "image/jpeg 1283-1346-1391 22:5af1e40e\n"
	    "text/enriched 1439-1470-1615 145:23daf302\n"
	    "message/rfc822 1638-1670-1900\n"
	    "text/plain 1670-1851-1900 49:f5d713a5\n",
	    "base64 is decoded as far as it can be"},
	{"eml/rfc", 16,
	    "multipart/mixed 0-83--\n"
	    "text/plain 126-199-253 54:6557d06d\n"
	    "message/rfc822 297-424-1603 872:18d1f591\n",
	    "an encoded message is not descended into: parts are slic"
	    "es"},
	{"eml/rfc", 17,
	    "multipart/mixed 0-86--\n"
	    "text/plain 130-206-260 54:6557d06d\n"
	    "message/rfc822 306-437-1631 872:18d1f591\n",
	    "an encoded message is not descended into: parts are slic"
	    "es"},
	{"eml/legacy", 34,
	    "multipart/mixed 0-425--\n"
	    "text/plain 462-508-1266 758:ab5adb36\n"
	    "image/png 1304-1447-3268 1298:5aaa9a39\n"
	    "image/png 3306-3447-5305 1325:507312e9\n",
	    "uuencode is decoded"},
	{"eml/legacy", 35,
	    "multipart/mixed 0-436--\n"
	    "text/plain 474-522-1286 764:8e441840\n"
	    "image/png 1326-1473-3327 1298:5aaa9a39\n"
	    "image/png 3367-3512-5404 1325:507312e9\n",
	    "uuencode is decoded"},
	{"eml/legacy", 52,
	    "multipart/mixed 0-451--\n"
	    "text/plain 488-580-1373 755:899f1aad\n"
	    "text/plain 1411-1617-2684 763:70229aa1\n"
	    "text/plain 2722-2831-3618 787:150d474b\n",
	    "uuencode is decoded"},
	{"eml/legacy", 53,
	    "multipart/mixed 0-462--\n"
	    "text/plain 500-595-1404 763:70229aa1\n"
	    "text/plain 1444-1655-2743 763:70229aa1\n"
	    "text/plain 2783-2895-3699 804:bab12474\n",
	    "uuencode is decoded"},
	{"eml/legacy", 96,
	    "multipart/mixed 0-367--\n"
	    "text/plain 451-527-1280 753:eb598ff2\n"
	    "image/png 1320-1457-3489 1453:4f24a2bf\n"
	    "image/png 3529-3670-5488 1298:5aaa9a39\n"
	    "image/png 5528-5667-7522 1325:507312e9\n",
	    "uuencode is decoded"},
	{"eml/legacy", 97,
	    "multipart/mixed 0-378--\n"
	    "text/plain 464-543-1310 767:232f6d00\n"
	    "image/png 1352-1495-3562 1453:4f24a2bf\n"
	    "image/png 3604-3751-5600 1298:5aaa9a39\n"
	    "image/png 5642-5787-7674 1325:507312e9\n",
	    "uuencode is decoded"},
	{"eml/legacy", 104,
	    "0-423-1159 752:acce15ad\n",
	    "8-bit text without a charset is read as windows-1252"},
	{"eml/legacy", 105,
	    "0-434-1186 768:ee8de463\n",
	    "8-bit text without a charset is read as windows-1252"}};

#endif
