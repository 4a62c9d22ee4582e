/* SPDX-License-Identifier: ISC */
/*
 * fe-learn: trains, tests and compares spam models (lib/scan/learn_desk.h).
 */
#include "scan/learn_desk.h"

#define AT(member) offsetof(struct learn_conf, member)
static const struct option_def options[] = {
    CMD_OPTIONS(struct learn_conf, filter.cmd),
    {OPTION_TEXT, 'm', "model", AT(model), "FILE",
	.help = "the model (default: model/site.model of the home)"},
    {OPTION_CHOICE, 'i', "input", AT(filter.input), "FORM", "auto",
	"auto|mail|record", .flags = OPTION_PER_RUN,
	.help = "what comes in: one message, or a stream of records"},
    {OPTION_CHOICE, 'o', "output", AT(form), "FORM", "text",
	"text|json|svg", .flags = OPTION_PER_RUN,
	.help = "how measures are written; svg is the ROC curve"},
    {OPTION_NUMBER, 0, "folds", AT(folds), "N", "4", .min = 2, .max = 20,
	.flags = OPTION_PER_RUN, .help = "parts of cross-validate"},
    {OPTION_SIZE, 0, "size-max", AT(filter.size_max), "SIZE", "50M",
	.flags = OPTION_SHARED, .help = "largest message"},
    {OPTION_END}};

static const struct cmd learn_cmd = {.name = "fe-learn",
    .synopsis = "[options] spam | ham | train < messages\n"
		"[options] unlearn spam | ham < messages\n"
		"[options] test | eval | cross-validate < messages\n"
		"[options] diff OLD NEW < messages\n"
		"[options] info\n"
		"[options] merge FILE...",
    .summary = "train, test and compare spam models",
    .options = options};

/* All or nothing. */
static bool
take_messages(struct learn_desk *desk, struct filter *f)
{
	struct err err = ERR_INIT;
	struct record *r;
	bool failed = false;

	while (!failed && (r = filter_next(f)) != NULL) {
		if (learn_desk_take(desk, r, &err) < 0) {
			output_fail(&f->output, &err);
			failed = true;
		}
		record_free(r);
	}
	return !f->output.broken;
}

/* The exit code. */
static int
run(struct learn_desk *desk)
{
	struct err err = ERR_INIT;
	struct filter filter;
	bool reads = learn_desk_reads(desk);

	if (reads && filter_open(&filter, &learn_cmd, &desk->conf->filter,
	    &err) < 0)
		return cmd_fail(&err);
	if (learn_desk_confine(desk, &err) < 0)
		return cmd_fail(&err);
	if (!reads)
		return learn_desk_run(desk, &err) < 0 ? cmd_fail(&err)
		    : cmd_finish(&err);
	if (take_messages(desk, &filter) && learn_desk_run(desk, &err) < 0)
		output_fail(&filter.output, &err);
	return filter_close(&filter);
}

int
main(int argc, char *argv[])
{
	struct learn_conf conf = {.form = LEARN_TEXT};
	struct learn_desk desk;
	struct err err = ERR_INIT;
	int code;

	cmd_start(&learn_cmd);
	if (option_parse(&learn_cmd, argc, argv, &conf, &err) < 0)
		return cmd_usage(&err);
	conf.filter.output = OUTPUT_TEXT;
	code = learn_desk_open(&desk, &conf, &err) < 0 ? cmd_usage(&err)
						       : run(&desk);
	learn_desk_close(&desk);
	return code;
}
