/* SPDX-License-Identifier: ISC */
/*
 * The model file and what it says of a message.  The file is ours, but may be
 * damaged: nothing of it is used before its CRC is right, and no number in it
 * is an offset or a size.
 */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/mem.h"

#define MAGIC "femodel\n"
#define CRC_FROM (offsetof(struct model_head, crc) + sizeof(uint32_t))
#define FILE_SIZE (sizeof(struct model_head) + \
	MODEL_WEIGHTS * sizeof(int16_t) + MODEL_COUNTS)

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

/* CRC-32 (ISO 3309), four bits at a time. */
static uint32_t
crc_add(uint32_t crc, const void *p, size_t n)
{
	static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8,
	    0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
	    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0,
	    0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	const unsigned char *octet = p;

	for (size_t i = 0; i < n; i++) {
		crc ^= octet[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

static uint32_t
file_crc(struct slice file)
{
	return ~crc_add(0xffffffffu, file.p + CRC_FROM, file.n - CRC_FROM);
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
	if (file.n != FILE_SIZE || file_crc(file) != head.crc ||
	    !head_is_sane(&head))
		return err_set(err, ERR_CONFIG, "the spam model is damaged");
	m->head = head;
	memcpy(m->weights, file.p + sizeof(head),
	    MODEL_WEIGHTS * sizeof(int16_t));
	memcpy(m->counts, file.p + FILE_SIZE - MODEL_COUNTS, MODEL_COUNTS);
	model_refresh(m);
	return 0;
}

int
model_read(struct model *m, const char *path, struct err *err)
{
	struct buf file = BUF_LIMITED(FILE_SIZE + 1);
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
	buf_append(&file, m->weights, MODEL_WEIGHTS * sizeof(int16_t));
	buf_append(&file, m->counts, MODEL_COUNTS);
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
static float
score_counts(double spam, double ham, double distance_weight)
{
	double sum = spam + ham, difference = spam - ham, trust;

	if (sum <= 0)
		return 0;
	trust = pow(fabs(difference) / sum, 12) /
	    (1 + 8 / (sum * distance_weight));
	difference *= trust / sum;
	if (difference > 0.999)
		difference = 0.999;
	if (difference < -0.999)
		difference = -0.999;
	return (float)log((1 + difference) / (1 - difference));
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

double
model_gram_score(const struct model *m, const struct feature_set *set)
{
	int64_t sum = 0;

	for (size_t i = 0; i < set->n; i++)
		sum += m->weights[set->items[i]];
	if (set->n == 0)
		return m->head.bias;
	return m->head.bias + (double)sum / MODEL_UNIT / sqrt((double)set->n);
}

double
model_pair_score(const struct model *m, const struct feature_set *set)
{
	float sum = 0;

	for (size_t i = 0; i < set->n; i++) {
		uint32_t bucket = set->items[i];

		sum += m->pair_score[bucket >> (FEATURE_PAIR_BITS - 2)]
		    [m->counts[bucket]];
	}
	return sum;
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
