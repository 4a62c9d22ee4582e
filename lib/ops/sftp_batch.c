/* SPDX-License-Identifier: ISC */
/* The program sftp with a batch. */
#include "ops/sftp_batch.h"

#include "ops/tool.h"

#define SECONDS 60

int
sftp_batch(const struct sftp_login *login, struct slice batch, struct buf *out,
    struct err *err)
{
	struct buf key = BUF_INIT, port = BUF_INIT, known = BUF_INIT;
	/* -q would hide a refusal */
	const char *argv[16] = {"sftp", "-oLogLevel=ERROR",
	    "-oBatchMode=yes", "-oStrictHostKeyChecking=yes",
	    "-oConnectTimeout=20"};
	size_t n = 5;
	int status;

	if (login->key != NULL) {
		buf_format(&key, "-oIdentityFile=%s", login->key);
		argv[n++] = key.p;
		argv[n++] = "-oIdentitiesOnly=yes";
		argv[n++] = "-oIdentityAgent=none";
		argv[n++] = "-oPreferredAuthentications=publickey";
	}
	if (login->port != NULL) {
		buf_format(&port, "-oPort=%s", login->port);
		argv[n++] = port.p;
	}
	if (login->known_hosts != NULL) {
		buf_format(&known, "-oUserKnownHostsFile=%s",
		    login->known_hosts);
		argv[n++] = known.p;
	}
	argv[n++] = "-b-";
	argv[n++] = login->destination;
	argv[n] = NULL;
	buf_truncate(out, 0);
	status = tool_run_for(argv, SECONDS, batch, out, err);
	buf_free(&key);
	buf_free(&port);
	buf_free(&known);
	return status;
}
