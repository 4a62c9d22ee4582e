/* SPDX-License-Identifier: ISC */
#include "scan/script_text.h"

#include "unit.h"

static void
tells_scripts_from_what_speaks_of_them(void)
{
	static const struct {
		struct slice text;
		bool want;
	} rows[] = {
		{SLICE("<job><script language=\"JScript\">x"), true},
		{SLICE("\xef\xbb\xbf \r\n<?XML version='1.0'?>\r\n"
		    "<!-- x -->\r\n<package><job id=a>\r\n"
		    "<SCRIPT Language=VBScript>"), true},
		{SLICE("<?xml version='1.0'?><!DOCTYPE x><scriptlet>\n"
		    "<registration/><script language=\"JScript\">"), true},
		{SLICE("\xff\xfe<\0j\0o\0b\0>\0<\0s\0c\0r\0i\0p\0t\0 \0"
		    "l\0a\0n\0g\0u\0a\0g\0e\0"), true},
		{SLICE("var s = new ActiveXObject ( 'WScript.Shell');"), true},
		{SLICE("x\nSet f = CreateObject("
		    "\"Scripting.FileSystemObject\")"), true},
		{SLICE("new ActiveXObject(a); "
		    "new ActiveXObject(\"MSXML2.XMLHTTP\")"), true},
		/* none */
		{SLICE(""), false},
		{SLICE("<job>"), false},
		{SLICE("<jobs><script language='x'>"), false},
		{SLICE("<package xmlns='http://www.idpf.org/2007/opf'/>"),
		    false},
		{SLICE("<component type='desktop'><id>x</id></component>"),
		    false},
		{SLICE("see <job><script language='JScript'>"), false},
		{SLICE("<?xml <job><script language='JScript'>"), false},
		{SLICE("CreateObject is how WScript.Shell is had"), false},
		{SLICE("CreateObject(\"Excel.Application\")"), false},
		{SLICE("CreateObject(WScript.Shell)"), false},
		{SLICE("createobject("), false},
		{SLICE("\0\0<job><script language='JScript'>"), false},
		{SLICE("x\0new ActiveXObject('WScript.Shell')"), false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		EXPECT_NUMBER(rows[i].text.p, rows[i].want,
		    script_text_is(rows[i].text));
}

int
main(void)
{
	UNIT_RUN(tells_scripts_from_what_speaks_of_them);
	return UNIT_RESULT;
}
