/* SPDX-License-Identifier: ISC */
/*
 * Endings of names.  The sender chose them for a reader who goes by them, or
 * for a system that does.
 */
#include "file_name.h"

#include <string.h>

#include "base/utf8.h"
#include "file_flag.h"

static const char *const executables[] = {
    "accdb", "accde", "ade", "adp", "apk", "appimage", "application",
    "appx", "appxbundle", "chm", "com", "cpl", "deb", "diagcab", "dll",
    "exe", "gadget", "hlp", "jar", "jnlp", "mdb", "mde", "msi", "msix",
    "msp", "mst", "msu", "ocx", "pif", "pkg", "rpm", "scr", "sys", "vsto",
    "wll", "xbap", "xll"};
static const char *const scripts[] = {
    "ahk", "applescript", "au3", "bat", "cmd", "command", "csh", "hta",
    "inf", "iqy", "js", "jse", "ksh", "msc", "ps1", "ps1xml", "psm1",
    "pyw", "reg", "scpt", "sct", "shb", "shs", "slk", "vb", "vbe", "vbs",
    "ws", "wsc", "wsf", "wsh"};
static const char *const shortcuts[] = {
    "appref-ms", "desktop", "library-ms", "lnk", "rdp", "scf", "search-ms",
    "searchconnector-ms", "settingcontent-ms", "url", "webloc", "website"};
static const char *const disk_images[] = {
    "dmg", "esd", "img", "iso", "qcow2", "swm", "udf", "vdi", "vhd", "vhdx",
    "vmdk", "wim"};
static const char *const harmless[] = {"csv", "doc", "docx", "gif", "htm",
    "html", "jpeg", "jpg", "mp3", "mp4", "pdf", "png", "ppt", "pptx", "rtf",
    "txt", "xls", "xlsx", "zip"};

/* With blanks between; "" for what has no kind of its own here. */
static const struct {
	const char *ends, *kinds;
} promises[] = {{"pdf", "pdf"}, {"png jpg jpeg gif bmp webp tif tiff", "png "
    "jpeg gif"}, {"txt csv log ics vcf", "html script eml"},
    {"mp3 mp4 wav mov avi m4a", ""}, {"rtf", "rtf"},
    {"doc dot", "ole2 rtf ooxml html"}, {"xls xlt", "ole2 ooxml html"},
    {"ppt pps", "ole2 ooxml"},
    {"docx docm dotx dotm xlsx xlsm xlsb xltx xltm pptx pptm ppsx", "ooxml "
    "ole2"}, {"htm html shtml xhtml", "html"}, {"svg", "svg"},
    {"odt ods odp", "odf"}};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
has_word(struct slice list, struct slice word)
{
	while (list.p != NULL)
		if (slice_case_equal(slice_cut(&list, ' '), word))
			return true;
	return false;
}

/* Without what stands behind the name and is not seen: Windows drops dots and
 * blanks there. */
static struct slice
visible(struct slice name)
{
	static const char *const marks[] = {".", " ", "\xc2\xa0",
	    "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d",
	    "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
	    "\xe2\x80\xac", "\xe2\x81\xa0", "\xef\xbb\xbf"};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (name.n > 0 && slice_ends(name, marks[i])) {
			name.n -= strlen(marks[i]);
			i = (size_t)-1; /* all of them again */
		}
	return name;
}

/* The last ending, without its dot; *stem is what stands before that. */
static struct slice
ending(struct slice name, struct slice *stem)
{
	size_t at = name.n;

	while (at > 0 && name.p[at - 1] != '.' && name.p[at - 1] != '/')
		at--;
	*stem = slice_part(name, 0, at > 0 ? at - 1 : 0);
	return at > 0 && name.p[at - 1] == '.' ?
	    slice_part(name, at, name.n) : SLICE_NONE;
}

static bool
is_one_of(struct slice end, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_case_is(end, list[i]))
			return true;
	return false;
}

static bool
turns(struct slice name)
{
	static const char *const marks[] = {"\xe2\x80\xae", "\xe2\x80\xad",
	    "\xe2\x81\xa6", "\xe2\x81\xa7"};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (slice_find_text(name, slice_text(marks[i])) < name.n)
			return true;
	return false;
}

unsigned
file_name_flags(struct slice name)
{
	unsigned flags = turns(name) ? CONTENT_TURNED_NAME : 0;
	struct slice stem, end = ending(visible(name), &stem), before;

	if (is_one_of(end, executables, COUNT(executables)))
		flags |= CONTENT_EXECUTABLE;
	else if (is_one_of(end, scripts, COUNT(scripts)))
		flags |= CONTENT_SCRIPT;
	else if (is_one_of(end, shortcuts, COUNT(shortcuts)))
		flags |= CONTENT_SHORTCUT;
	else if (is_one_of(end, disk_images, COUNT(disk_images)))
		flags |= CONTENT_DISK_IMAGE;
	else
		return flags;
	end = ending(visible(stem), &before);
	if (is_one_of(end, harmless, COUNT(harmless)))
		flags |= CONTENT_TWO_ENDS;
	return flags;
}

bool
file_name_fits(struct slice name, const char *kind)
{
	struct slice stem, end = ending(visible(name), &stem);

	if (kind[0] == '\0' || end.n == 0)
		return true;
	for (size_t i = 0; i < COUNT(promises); i++)
		if (has_word(slice_text(promises[i].ends), end))
			return has_word(slice_text(promises[i].kinds),
			    slice_text(kind));
	return true;
}
