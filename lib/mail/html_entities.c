/* SPDX-License-Identifier: ISC */
/*
 * Character references (HTML 5, 13.2.5.72).  Of the 2,231 names those of
 * HTML 4 that mail uses; a browser shows an unknown one as it is written, and
 * so do we.
 */
#include "html_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NAME_SIZE_MAX 8

struct entity {
	const char *name;
	uint32_t code;
};

/* Sorted as strcmp has it. */
static const struct entity entities[] = {
	{"AElig", 198}, {"AMP", 38}, {"Aacute", 193}, {"Acirc", 194},
	{"Agrave", 192}, {"Alpha", 913}, {"Aring", 197}, {"Atilde", 195},
	{"Auml", 196}, {"Beta", 914}, {"Ccedil", 199}, {"Chi", 935},
	{"Dagger", 8225}, {"Delta", 916}, {"ETH", 208}, {"Eacute", 201},
	{"Ecirc", 202}, {"Egrave", 200}, {"Epsilon", 917}, {"Eta", 919},
	{"Euml", 203}, {"GT", 62}, {"Gamma", 915}, {"Iacute", 205},
	{"Icirc", 206}, {"Igrave", 204}, {"Iota", 921}, {"Iuml", 207},
	{"Kappa", 922}, {"LT", 60}, {"Lambda", 923}, {"Mu", 924},
	{"Ntilde", 209}, {"Nu", 925}, {"OElig", 338}, {"Oacute", 211},
	{"Ocirc", 212}, {"Ograve", 210}, {"Omega", 937}, {"Omicron", 927},
	{"Oslash", 216}, {"Otilde", 213}, {"Ouml", 214}, {"Phi", 934},
	{"Pi", 928}, {"Prime", 8243}, {"Psi", 936}, {"QUOT", 34},
	{"Rho", 929}, {"Scaron", 352}, {"Sigma", 931}, {"THORN", 222},
	{"Tau", 932}, {"Theta", 920}, {"Uacute", 218}, {"Ucirc", 219},
	{"Ugrave", 217}, {"Upsilon", 933}, {"Uuml", 220}, {"Xi", 926},
	{"Yacute", 221}, {"Yuml", 376}, {"Zeta", 918}, {"aacute", 225},
	{"acirc", 226}, {"acute", 180}, {"aelig", 230}, {"agrave", 224},
	{"alpha", 945}, {"amp", 38}, {"apos", 39}, {"aring", 229},
	{"asymp", 8776}, {"atilde", 227}, {"auml", 228}, {"bdquo", 8222},
	{"beta", 946}, {"brvbar", 166}, {"bull", 8226}, {"ccedil", 231},
	{"cedil", 184}, {"cent", 162}, {"chi", 967}, {"circ", 710},
	{"copy", 169}, {"curren", 164}, {"dagger", 8224}, {"darr", 8595},
	{"deg", 176}, {"delta", 948}, {"divide", 247}, {"eacute", 233},
	{"ecirc", 234}, {"egrave", 232}, {"emsp", 8195}, {"ensp", 8194},
	{"epsilon", 949}, {"equiv", 8801}, {"eta", 951}, {"eth", 240},
	{"euml", 235}, {"euro", 8364}, {"fnof", 402}, {"frac12", 189},
	{"frac14", 188}, {"frac34", 190}, {"frasl", 8260}, {"gamma", 947},
	{"ge", 8805}, {"gt", 62}, {"harr", 8596}, {"hearts", 9829},
	{"hellip", 8230}, {"iacute", 237}, {"icirc", 238}, {"iexcl", 161},
	{"igrave", 236}, {"infin", 8734}, {"iota", 953}, {"iquest", 191},
	{"iuml", 239}, {"kappa", 954}, {"lambda", 955}, {"laquo", 171},
	{"larr", 8592}, {"ldquo", 8220}, {"le", 8804}, {"lrm", 8206},
	{"lsaquo", 8249}, {"lsquo", 8216}, {"lt", 60}, {"macr", 175},
	{"mdash", 8212}, {"micro", 181}, {"middot", 183}, {"minus", 8722},
	{"mu", 956}, {"nbsp", 160}, {"ndash", 8211}, {"ne", 8800},
	{"not", 172}, {"ntilde", 241}, {"nu", 957}, {"oacute", 243},
	{"ocirc", 244}, {"oelig", 339}, {"ograve", 242}, {"omega", 969},
	{"omicron", 959}, {"ordf", 170}, {"ordm", 186}, {"oslash", 248},
	{"otilde", 245}, {"ouml", 246}, {"para", 182}, {"permil", 8240},
	{"phi", 966}, {"pi", 960}, {"plusmn", 177}, {"pound", 163},
	{"prime", 8242}, {"psi", 968}, {"quot", 34}, {"raquo", 187},
	{"rarr", 8594}, {"rdquo", 8221}, {"reg", 174}, {"rho", 961},
	{"rlm", 8207}, {"rsaquo", 8250}, {"rsquo", 8217}, {"sbquo", 8218},
	{"scaron", 353}, {"sect", 167}, {"shy", 173}, {"sigma", 963},
	{"sigmaf", 962}, {"sup1", 185}, {"sup2", 178}, {"sup3", 179},
	{"szlig", 223}, {"tau", 964}, {"theta", 952}, {"thinsp", 8201},
	{"thorn", 254}, {"tilde", 732}, {"times", 215}, {"trade", 8482},
	{"uacute", 250}, {"uarr", 8593}, {"ucirc", 251}, {"ugrave", 249},
	{"uml", 168}, {"upsilon", 965}, {"uuml", 252}, {"xi", 958},
	{"yacute", 253}, {"yen", 165}, {"yuml", 255}, {"zeta", 950},
	{"zwj", 8205}, {"zwnj", 8204}};

/* Windows-1252 in the place of C1 controls (HTML 5, 13.2.5.80). */
static const uint16_t c1[32] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,
	0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019,
	0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a,
	0x153, 0x9d, 0x17e, 0x178};

static int
compare_entity(const void *key, const void *item)
{
	return strcmp(key, ((const struct entity *)item)->name);
}

/* `amp;...', without the `&': what it stands for, and its length; 0: none.
 * The semicolon may be missing (`&nbsp' is common). */
static size_t
read_named(struct slice s, uint32_t *code)
{
	char name[NAME_SIZE_MAX + 1];
	const struct entity *found;
	size_t n = 0;

	while (n < s.n && n < NAME_SIZE_MAX && ascii_is_alnum(s.p[n])) {
		name[n] = s.p[n];
		n++;
	}
	name[n] = '\0';
	found = bsearch(name, entities, sizeof(entities) / sizeof(entities[0]),
	    sizeof(entities[0]), compare_entity);
	if (found == NULL)
		return 0;
	*code = found->code;
	return n + (n < s.n && s.p[n] == ';');
}

/* `#65;' or `#x41;'. */
static size_t
read_number(struct slice s, uint32_t *code)
{
	bool hex = s.n > 1 && (s.p[1] == 'x' || s.p[1] == 'X');
	size_t from = hex ? 2 : 1, n = from;

	for (*code = 0; n < s.n; n++) {
		int digit = ascii_hex(s.p[n]);

		if (digit < 0 || (!hex && digit > 9))
			break;
		if (*code <= 0x10ffff)
			*code = *code * (hex ? 16 : 10) + (uint32_t)digit;
	}
	if (n == from)
		return 0;
	if (*code >= 0x80 && *code < 0xa0)
		*code = c1[*code - 0x80];
	if (*code == 0)
		*code = UTF8_REPLACEMENT;
	return n + (n < s.n && s.p[n] == ';');
}

int
html_entities_decode(struct slice text, struct buf *out)
{
	size_t at;

	while ((at = slice_find(text, '&')) < text.n) {
		uint32_t code = '&';
		size_t n;

		if (utf8_append_clean(out, slice_part(text, 0, at)) < 0)
			return -1;
		text = slice_part(text, at + 1, text.n);
		n = slice_starts(text, "#") ? read_number(text, &code) :
		    read_named(text, &code);
		if (utf8_append(out, n == 0 ? '&' : code) < 0)
			return -1;
		text = slice_part(text, n, text.n);
	}
	return utf8_append_clean(out, text);
}
