/* SPDX-License-Identifier: ISC */
/*
 * The model file and what it says of a message.  The file is ours, but may be
 * damaged: nothing of it is used before its CRC is right, and no number in it
 * is an offset or a size.
 */
#include "model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"

#define MAGIC "femodel\n"
#define CRC_FROM (offsetof(struct model_head, crc) + sizeof(uint32_t))
#define PLANES_SIZE (MODEL_WEIGHTS * sizeof(int16_t))
#define BODY_SIZE (PLANES_SIZE + MODEL_COUNTS)
static_assert(PLANES_SIZE <= MODEL_COUNTS, "the counts' memory holds both");
#define PAIR_UNIT (1 << 20) /* a score of 1.0; whole numbers, whose sum is the
			     * same in any order */
/* What does not get smaller gets a little larger. */
#define FILE_SIZE_MAX (sizeof(struct model_head) + BODY_SIZE + 4096)

static const double fusion_at_first[3] = {0, 1.5, 0.02};

void
model_init(struct model *m)
{
	*m = (struct model){.head = {.version = MODEL_VERSION}};
	memcpy(m->head.magic, MAGIC, sizeof(m->head.magic));
	memcpy(m->head.fusion, fusion_at_first, sizeof(fusion_at_first));
	m->weights = mem_zalloc(MODEL_WEIGHTS * sizeof(int16_t));
	m->counts = mem_zalloc(MODEL_COUNTS);
	model_refresh(m);
}

void
model_free(struct model *m)
{
	free(m->weights);
	free(m->counts);
	m->weights = NULL;
	m->counts = NULL;
}

static uint32_t
file_crc(struct slice file)
{
	return (uint32_t)crc32_z(0, (const Bytef *)file.p + CRC_FROM,
	    file.n - CRC_FROM);
}

static bool
head_is_sane(const struct model_head *head)
{
	for (int i = 0; i < 3; i++)
		if (!isfinite(head->fusion[i]))
			return false;
	return isfinite(head->bias) && head->pairs_spam <= UINT32_MAX &&
	    head->pairs_ham <= UINT32_MAX;
}

/* All lower octets of the weights, then all upper ones: alike beside alike. */
static void
put_planes(const struct model *m, uint8_t *planes)
{
	for (size_t i = 0; i < MODEL_WEIGHTS; i++) {
		uint16_t weight = (uint16_t)m->weights[i];

		planes[i] = (uint8_t)weight;
		planes[MODEL_WEIGHTS + i] = (uint8_t)(weight >> 8);
	}
}

static void
take_planes(int16_t *restrict weights, const uint8_t *restrict planes)
{
	for (size_t i = 0; i < MODEL_WEIGHTS; i++)
		weights[i] = (int16_t)(uint16_t)(planes[i] |
		    planes[MODEL_WEIGHTS + i] << 8);
}

/* Most of what repeats in numbers does so by chance: to follow it makes the
 * frame larger, and takes a start of fe-scan longer to unpack, than the code
 * of single octets.  So few and long repetitions are looked for. */
static ZSTD_CCtx *
open_packer(void)
{
	ZSTD_CCtx *packer = ZSTD_createCCtx();

	if (packer == NULL)
		mem_fail();
	ZSTD_CCtx_setParameter(packer, ZSTD_c_strategy, ZSTD_fast);
	ZSTD_CCtx_setParameter(packer, ZSTD_c_minMatch, 7);
	ZSTD_CCtx_setParameter(packer, ZSTD_c_hashLog, 6);
	ZSTD_CCtx_setParameter(packer, ZSTD_c_targetLength, 0);
	return packer;
}

static void
pack_frame(ZSTD_CCtx *packer, const void *p, size_t n, struct buf *out)
{
	size_t room = ZSTD_compressBound(n), done;

	buf_reserve(out, room);
	done = ZSTD_compress2(packer, out->p + out->n, room, p, n);
	out->n += ZSTD_isError(done) ? 0 : done;
}

static void
pack(const struct model *m, struct buf *out)
{
	uint8_t *planes = mem_alloc(PLANES_SIZE);
	ZSTD_CCtx *packer = open_packer();

	put_planes(m, planes);
	pack_frame(packer, planes, PLANES_SIZE, out);
	pack_frame(packer, m->counts, MODEL_COUNTS, out);
	ZSTD_freeCCtx(packer);
	free(planes);
}

/* Takes one frame of exactly n octets off *packed. */
static int
unpack_frame(struct slice *packed, void *out, size_t n)
{
	size_t size = ZSTD_findFrameCompressedSize(packed->p, packed->n);

	if (ZSTD_isError(size) ||
	    ZSTD_decompress(out, n, packed->p, size) != n)
		return -1;
	*packed = slice_part(*packed, size, packed->n);
	return 0;
}

/* Into new memory, so that what is there stays if it fails.  That of the
 * counts holds the planes before: each page that is new costs a start. */
static int
unpack(struct model *m, struct slice packed)
{
	int16_t *weights = mem_array(NULL, MODEL_WEIGHTS, sizeof(*weights));
	uint8_t *counts = mem_alloc(MODEL_COUNTS);

	if (unpack_frame(&packed, counts, PLANES_SIZE) == 0) {
		take_planes(weights, counts);
		if (unpack_frame(&packed, counts, MODEL_COUNTS) == 0 &&
		    packed.n == 0) {
			model_free(m);
			m->weights = weights;
			m->counts = counts;
			return 0;
		}
	}
	free(weights);
	free(counts);
	return -1;
}

int
model_parse(struct model *m, struct slice file, struct err *err)
{
	struct model_head head;

	if (file.n < sizeof(head) || memcmp(file.p, MAGIC, 8) != 0)
		return err_set(err, ERR_CONFIG, "this is no spam model");
	memcpy(&head, file.p, sizeof(head));
	if (head.version != MODEL_VERSION)
		return err_set(err, ERR_CONFIG, "the spam model has version "
		    "%u, and this program knows %u: learn anew",
		    (unsigned)head.version, MODEL_VERSION);
	if (file.n > FILE_SIZE_MAX || file_crc(file) != head.crc ||
	    !head_is_sane(&head) ||
	    unpack(m, slice_part(file, sizeof(head), file.n)) < 0)
		return err_set(err, ERR_CONFIG, "the spam model is damaged");
	m->head = head;
	model_refresh(m);
	return 0;
}

int
model_read(struct model *m, const char *path, struct err *err)
{
	struct buf file = BUF_LIMITED(FILE_SIZE_MAX + 1);
	int result = io_read_file(path, &file, err);

	if (result == 0) {
		result = model_parse(m, buf_slice(&file), err);
		if (result < 0)
			err_prefix(err, "'%s'", path);
	}
	buf_free(&file);
	return result;
}

int
model_write(struct model *m, const char *path, struct err *err)
{
	struct buf file = BUF_INIT;
	int result;

	m->head.changed_ms = clock_now_ms();
	buf_append(&file, &m->head, sizeof(m->head));
	pack(m, &file);
	m->head.crc = file_crc(buf_slice(&file));
	memcpy(file.p, &m->head, sizeof(m->head));
	result = io_replace_file(path, buf_slice(&file), 0640, err);
	buf_free(&file);
	return result;
}

/*
 * How much a pair says that was seen so often in either class (after OSBF:
 * Assis, Exponential Differential Document Count): the more the class has it
 * to itself and the more often it was seen, the more; words that stand closer
 * together say more.
 */
static int32_t
score_counts(double spam, double ham, double distance_weight)
{
	double sum = spam + ham, difference = spam - ham, share, trust;

	if (sum <= 0)
		return 0;
	share = difference / sum;
	share *= share;
	share *= share;
	trust = share * share * share / (1 + 8 / (sum * distance_weight));
	difference *= trust / sum;
	if (difference > 0.999)
		difference = 0.999;
	if (difference < -0.999)
		difference = -0.999;
	return (int32_t)nearbyint(log((1 + difference) / (1 - difference)) *
	    PAIR_UNIT);
}

void
model_refresh(struct model *m)
{
	static const double weight[FEATURE_DISTANCES] = {16, 8, 4, 2};
	double spam = (double)m->head.pairs_spam;
	double ham = (double)m->head.pairs_ham;
	/* As if both classes had been learned from as often. */
	double more = spam > ham ? spam : ham;

	for (int d = 0; d < FEATURE_DISTANCES; d++)
		for (unsigned i = 0; i < 256; i++)
			m->pair_score[d][i] = score_counts(
			    (i >> 4) * (spam > 0 ? more / spam : 1),
			    (i & 15) * (ham > 0 ? more / ham : 1), weight[d]);
}

static double
sum_weights(const struct model *m, const uint32_t *items, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += m->weights[items[i]];
	return n == 0 ? 0 : (double)sum / MODEL_UNIT / sqrt((double)n);
}

double
model_gram_score(const struct model *m, const struct feature_set *set)
{
	size_t header_n = features_in_header(set);

	return m->head.bias + sum_weights(m, set->items, header_n) +
	    sum_weights(m, set->items + header_n, set->n - header_n);
}

double
model_pair_score(const struct model *m, const struct feature_set *set)
{
	int64_t sum = 0;

	for (size_t i = 0; i < set->n; i++) {
		uint32_t bucket = set->items[i];

		sum += m->pair_score[bucket >> (FEATURE_PAIR_BITS - 2)]
		    [m->counts[bucket]];
	}
	return (double)sum / PAIR_UNIT;
}

double
model_fuse(const struct model *m, double grams, double pairs)
{
	const double *fusion = m->head.fusion;
	/* hundreds of pairs that agree are not independent of each other */
	double compressed = asinh(pairs / 20);

	return 1 / (1 + exp(-(fusion[0] + fusion[1] * grams +
	    fusion[2] * compressed)));
}

bool
model_is_blind(const struct model *m)
{
	return m->head.spam == 0 || m->head.ham == 0;
}

void
model_score(const struct model *m, const struct features *f,
    struct model_scores *scores)
{
	*scores = (struct model_scores){.spam = 0.5};
	if (model_is_blind(m))
		return;
	scores->grams = model_gram_score(m, &f->grams);
	scores->pairs = model_pair_score(m, &f->pairs);
	scores->spam = model_fuse(m, scores->grams, scores->pairs);
}
