/* SPDX-License-Identifier: ISC */
#include "ops/tls_look.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

/* A port where the kernel takes connections and nobody says a word. */
static int
listen_dumbly(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	EXPECT(fd >= 0 && bind(fd, (struct sockaddr *)&address, n) == 0);
	EXPECT(listen(fd, 8) == 0);
	EXPECT(getsockname(fd, (struct sockaddr *)&address, &n) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void
silence_is_no_refusal(void)
{
	struct ip ip;
	char what[96];
	uint16_t port;
	int fd = listen_dumbly(&port);

	EXPECT(ip_parse(SLICE("127.0.0.1"), &ip) == 0);
	for (int i = 0; i < 2 * TLS_OFFERS; i++) {
		struct err err = ERR_INIT;

		EXPECT_NUMBER("result", TLS_LOOK_ERROR,
		    tls_look(&ip, port, i >= TLS_OFFERS,
			(enum tls_offer)(i % TLS_OFFERS),
			clock_monotonic_ms() + 200, what, &err));
		EXPECT_SLICE("why", SLICE("no answer in time"),
		    slice_text(err.text));
	}
	close(fd);
}

static void
nobody_there_is_no_refusal_either(void)
{
	struct ip ip;
	struct err err = ERR_INIT;
	char what[96];
	uint16_t port;
	int fd = listen_dumbly(&port);

	EXPECT(ip_parse(SLICE("127.0.0.1"), &ip) == 0);
	close(fd);
	EXPECT_NUMBER("result", TLS_LOOK_ERROR, tls_look(&ip, port, false,
	    TLS_OFFER_MODERN, clock_monotonic_ms() + 5000, what, &err));
	EXPECT(err.text[0] != '\0');
}

int
main(void)
{
	UNIT_RUN(silence_is_no_refusal);
	UNIT_RUN(nobody_there_is_no_refusal_either);
	return UNIT_RESULT;
}
