# SPDX-License-Identifier: ISC
#
# Signed mail for loads; to be read by a script of bash with a folder $work.

# signing_key: of example.com, and a zone that has it and its client.
signing_key() {
	openssl genrsa -out "$work/dkim.pem" 2048 2>/dev/null || return
	{
		echo 'example.com. TXT "v=spf1 ip4:127.0.0.1 -all"'
		echo '_dmarc.example.com. TXT "v=DMARC1; p=reject"'
		openssl rsa -in "$work/dkim.pem" -pubout -outform DER \
			2>/dev/null | base64 -w 200 | awk '
			NR == 1 { printf "bench._domainkey.example.com. " \
				"TXT ( \"v=DKIM1; k=rsa; p=" }
			NR > 1 { printf " \"" }
			{ printf "%s\"", $0 } END { print " )" }'
		echo '1.0.0.127.in-addr.arpa. PTR client.example.com.'
		echo 'client.example.com. A 127.0.0.1'
	} >"$work/zone"
}

# message SIZE: $work/SIZE.eml, signed with that key.
message() {
	{
		printf 'From: Bob <bob@example.com>\r\n'
		printf 'To: users@example.org\r\nSubject: %s octets\r\n' "$1"
		printf 'Date: Thu, 26 Nov 2026 10:00:00 +0000\r\n'
		printf 'Message-ID: <%s@example.com>\r\n' "$1"
		printf 'MIME-Version: 1.0\r\n'
		printf 'Content-Type: text/plain; charset=utf-8\r\n\r\n'
		awk -v size="$1" 'BEGIN { srand(1)
			for (n = 900; n < size; n += length(line) + 2) {
				line = ""
				while (length(line) < 66)
					line = line sprintf("%c%c%s ",
					    97 + int(rand() * 26),
					    97 + int(rand() * 26),
					    substr("antionermentingly",
					    1 + int(rand() * 9), 2 + int(rand() * 7)))
				printf "%s\r\n", line
			} }'
	} | fe-sign -i mail -o mail --crlf --domain example.com \
		--selector bench --key-file "$work/dkim.pem" >"$work/$1.eml"
	grep -q '^DKIM-Signature' "$work/$1.eml"
}
