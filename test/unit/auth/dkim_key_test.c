/* SPDX-License-Identifier: ISC */
#include "auth/dkim_key.h"
#include "unit.h"

/* RFC 8463, A.2 */
#define ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static void
reads_key_records(void)
{
	static const struct {
		const char *record, *why; /* NULL: a key */
	} rows[] = {
	    {"v=DKIM1; k=ed25519; p=" ED, NULL},
	    {"k=ed25519; p=" ED, NULL},
	    {"v=DKIM1; p=", NULL},
	    {"k=ed25519; v=DKIM1; p=" ED,
		"the key record's v= is not DKIM1, or not first"},
	    {"v=DKIM2; p=", "the key record's v= is not DKIM1, or not first"},
	    {"v=DKIM1; k=dsa; p=" ED, "the key type is not known"},
	    {"v=DKIM1; k=ed25519", "the key record has no p="},
	    {"v=DKIM1; k=ed25519; p=%", "p= is not base64"},
	    {"v=DKIM1; k=ed25519; p=Zm9v", "the key is no Ed25519 public key"},
	    {"v=DKIM1; p=Zm9v", "the key is no RSA public key"},
	    {"v=DKIM1; k=rsa; omgwhatsgoingon",
		"the key record is no tag list"},
	    {"", "the key record is no tag list"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dkim_key key;
		const char *why = NULL;
		int got = dkim_key_parse(&key, slice_text(rows[i].record),
		    &why);

		EXPECT_NUMBER(rows[i].record, rows[i].why == NULL ? 0 : -1,
		    got);
		EXPECT_SLICE(rows[i].record, slice_text(rows[i].why),
		    got < 0 ? slice_text(why) : SLICE_NONE);
		if (got == 0)
			dkim_key_free(&key);
	}
}

static void
knows_what_a_key_is_for(void)
{
	struct dkim_key key;
	const char *why;

	EXPECT(dkim_key_parse(&key, SLICE("v=DKIM1; k=ed25519; t=y:s;"
	    " s=other; h=sha1; p=" ED), &why) == 0);
	EXPECT(key.testing && key.strict_identity);
	EXPECT(!key.for_email && !key.takes_sha256 && !key.revoked);
	EXPECT_NUMBER("bits", 256, key.bits);
	dkim_key_free(&key);
	EXPECT(dkim_key_parse(&key, SLICE("v=DKIM1; s=a:*; h=sha1:sha256;"
	    " p="), &why) == 0);
	EXPECT(key.for_email && key.takes_sha256 && key.revoked);
	EXPECT(key.key == NULL);
	dkim_key_free(&key);
}

static void
keeps_keys_by_their_record(void)
{
	struct dkim_key_cache *cache = dkim_key_cache_new();
	struct slice record = SLICE("k=ed25519; p=" ED);
	const char *why;
	struct dkim_key *one = dkim_key_cache_get(cache, record, &why);

	EXPECT(one != NULL);
	EXPECT(dkim_key_cache_get(cache, record, &why) == one);
	EXPECT(dkim_key_cache_get(cache, SLICE("p=%"), &why) == NULL);
	dkim_key_cache_free(cache);
}

int
main(void)
{
	UNIT_RUN(reads_key_records);
	UNIT_RUN(knows_what_a_key_is_for);
	UNIT_RUN(keeps_keys_by_their_record);
	return UNIT_RESULT;
}
