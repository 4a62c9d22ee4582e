/* SPDX-License-Identifier: ISC */
/* Options from the command line. */
#include <getopt.h>
#include <stdlib.h>

#include "cmd_parser.h"
#include "mem.h"

enum {
	VALUE_HELP = 256, /* above every letter */
	VALUE_VERSION,
	VALUE_CONFIG,
	VALUE_COMPLETION,
	VALUE_OPTION, /* + 2 * index, + 1 for --no-NAME */
};

/* getopt_long accepts abbreviations; we do not, since a new option would
 * change what an old script means. */
static bool
is_whole_name(char **argv, const char *name)
{
	for (int at = optind - 1; at >= optind - 2 && at > 0; at--) {
		struct slice typed = slice_text(argv[at]);

		if (!slice_starts(typed, "--"))
			continue;
		typed = slice_part(typed, 2, typed.n);
		if (slice_is(slice_cut(&typed, '='), name))
			return true;
	}
	return false;
}

static void
build_getopt(const struct option_parser *p, struct option *longs,
    char **no_names, struct buf *shorts)
{
	size_t n = 0, no_n = 0;

	buf_append_text(
	    shorts, p->cmd->flags & CMD_FIRST_WORD_ENDS ? "+:hV" : ":hV");
	longs[n++] = (struct option){"help", no_argument, NULL, VALUE_HELP};
	longs[n++] =
	    (struct option){"version", no_argument, NULL, VALUE_VERSION};
	longs[n++] =
	    (struct option){"config", required_argument, NULL, VALUE_CONFIG};
	longs[n++] = (struct option){
	    "completion", no_argument, NULL, VALUE_COMPLETION};
	for (size_t i = 0; i < p->count; i++) {
		const struct option_def *def = &p->cmd->options[i];
		bool bare = def->kind == OPTION_FLAG ||
		    def->kind == OPTION_COUNT;
		int value = VALUE_OPTION + (int)(2 * i);

		longs[n++] = (struct option){def->name,
		    bare ? no_argument : required_argument, NULL, value};
		if (def->letter != 0) {
			buf_append_char(shorts, def->letter);
			if (!bare)
				buf_append_char(shorts, ':');
		}
		if (def->kind == OPTION_FLAG) {
			struct buf name = BUF_INIT;

			buf_format(&name, "no-%s", def->name);
			no_names[no_n] = buf_take(&name, NULL);
			longs[n++] = (struct option){
			    no_names[no_n++], no_argument, NULL, value + 1};
		}
	}
}

static size_t
option_by_letter(const struct option_parser *p, int letter)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->cmd->options[i].letter == letter)
			break;
	return i;
}

static int
take_option(struct option_parser *p, int value, char **argv,
    const struct option *longs, int long_at, struct err *err)
{
	size_t index;
	bool no = false;

	if (value >= VALUE_HELP && !is_whole_name(argv, longs[long_at].name))
		return err_set(err, ERR_USAGE, "unknown option '%s'",
		    argv[optind - 1]);
	if (value == 'h' || value == VALUE_HELP)
		option_print_help(p->cmd);
	if (value == 'V' || value == VALUE_VERSION)
		option_print_version(p->cmd);
	if (value == VALUE_COMPLETION)
		option_print_completion(p->cmd);
	if (value == VALUE_CONFIG) {
		p->config_mode = optarg;
		return 0;
	}
	if (value >= VALUE_OPTION) {
		index = (size_t)(value - VALUE_OPTION) / 2;
		no = (value - VALUE_OPTION) % 2 == 1;
	} else {
		index = option_by_letter(p, value);
	}
	parser_add(p, index, LAYER_LINE,
	    optarg != NULL ? optarg
		: no	   ? "no"
			   : "yes",
	    0);
	return 0;
}

int
parser_read_line(struct option_parser *p, int argc, char **argv,
    struct err *err)
{
	struct option *longs = mem_zalloc((2 * p->count + 5) * sizeof(*longs));
	char **no_names = mem_zalloc((p->count + 1) * sizeof(*no_names));
	struct buf shorts = BUF_INIT;
	int value, result = 0, long_at = 0;

	build_getopt(p, longs, no_names, &shorts);
	opterr = 0;
	optind = 1;
	while (result == 0 &&
	    (value = getopt_long(argc, argv, shorts.p, longs, &long_at)) !=
		-1) {
		if (value == '?' && optopt != 0 && optopt < 256)
			result = err_set(
			    err, ERR_USAGE, "unknown option '-%c'", optopt);
		else if (value == '?')
			result = err_set(err, ERR_USAGE, "unknown option '%s'",
			    argv[optind - 1]);
		else if (value == ':')
			result = err_set(err, ERR_USAGE,
			    "option '%s' needs a value", argv[optind - 1]);
		else
			result =
			    take_option(p, value, argv, longs, long_at, err);
	}
	for (size_t i = 0; no_names[i] != NULL; i++)
		free(no_names[i]);
	free(no_names);
	free(longs);
	buf_free(&shorts);
	return result;
}
