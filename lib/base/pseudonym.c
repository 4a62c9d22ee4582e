/* SPDX-License-Identifier: ISC */
/* Keyed hashes of names, and networks of IP addresses. */
#include "pseudonym.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "id.h"

#define PSEUDONYM_OCTETS 8

void
pseudonym_make(const unsigned char key[PSEUDONYM_KEY_SIZE], struct slice name,
    char out[PSEUDONYM_SIZE])
{
	crypto_generichash_state state;
	unsigned char part[128], hash[crypto_generichash_BYTES];

	crypto_generichash_init(&state, key, PSEUDONYM_KEY_SIZE, sizeof(hash));
	for (size_t at = 0; at < name.n;) {
		size_t n = 0;

		while (n < sizeof(part) && at < name.n)
			part[n++] = (unsigned char)ascii_lower(name.p[at++]);
		crypto_generichash_update(&state, part, n);
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	out[0] = '#';
	hex_encode(hash, PSEUDONYM_OCTETS, out + 1);
}

bool
pseudonym_is_one(struct slice text)
{
	if (text.n != PSEUDONYM_SIZE - 1 || text.p[0] != '#')
		return false;
	for (size_t i = 1; i < text.n; i++)
		if (ascii_hex(text.p[i]) < 0)
			return false;
	return true;
}

int
pseudonym_ip(struct slice ip, char out[PSEUDONYM_IP_SIZE])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];
	unsigned char octets[16];

	if (ip.p == NULL || ip.n >= sizeof(text))
		return -1;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	if (inet_pton(AF_INET6, text, octets) == 1) {
		if (memcmp(octets, mapped, sizeof(mapped)) != 0) {
			memset(octets + 6, 0, 10);
			inet_ntop(AF_INET6, octets, text, sizeof(text));
			snprintf(out, PSEUDONYM_IP_SIZE, "%s/48", text);
			return 0;
		}
		memcpy(octets, octets + 12, 4);
	} else if (inet_pton(AF_INET, text, octets) != 1) {
		return -1;
	}
	snprintf(out, PSEUDONYM_IP_SIZE, "%u.%u.%u.0/24", octets[0], octets[1],
	    octets[2]);
	return 0;
}
