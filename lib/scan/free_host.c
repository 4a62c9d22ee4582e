/* SPDX-License-Identifier: ISC */
/*
 * Hosts for anybody: what is there says nothing of whose it is.
 */
#include "free_host.h"

#include <stdlib.h>
#include <string.h>

/* Hosts below which anybody may put a page, in order. */
static const char *const free_hosts[] = {"000webhostapp.com",
	"appdomain.cloud", "appspot.com", "azurewebsites.net",
	"backblazeb2.com", "blob.core.windows.net", "carrd.co",
	"cloudapp.azure.com", "cloudfunctions.net", "ddns.net",
	"digitaloceanspaces.com", "duckdns.org", "dweb.link",
	"firebaseapp.com", "fleek.co", "fly.dev", "framer.app",
	"framer.website", "glitch.me", "godaddysites.com", "herokuapp.com",
	"hopto.org", "ipfs.io", "jimdofree.com", "jimdosite.com",
	"linodeobjects.com", "myqcloud.com", "netlify.app", "ngrok-free.app",
	"ngrok.io", "notion.site", "onrender.com", "page.link", "pages.dev",
	"r2.dev", "repl.co", "replit.app", "run.app", "s3.amazonaws.com",
	"square.site", "storage.googleapis.com", "strikingly.com",
	"surge.sh", "sytes.net", "trycloudflare.com", "vercel.app",
	"w3spaces.com", "web.app", "web.core.windows.net", "webflow.io",
	"weebly.com", "wixsite.com", "workers.dev", "yolasite.com",
	"zapto.org"};

static int
compare_text(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

bool
free_host_is(const struct buf *host)
{
	struct slice name = buf_slice(host);

	for (size_t i = 0; i < name.n; i++)
		if ((i == 0 || name.p[i - 1] == '.') &&
		    bsearch(name.p + i, free_hosts,
		    sizeof(free_hosts) / sizeof(free_hosts[0]),
		    sizeof(free_hosts[0]), compare_text) != NULL)
			return true;
	/* a bucket, in any region */
	return slice_ends(name, ".amazonaws.com") &&
	    (slice_find_text(name, SLICE(".s3.")) < name.n ||
	    slice_find_text(name, SLICE(".s3-")) < name.n ||
	    slice_starts(name, "s3."));
}
