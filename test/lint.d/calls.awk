# SPDX-License-Identifier: ISC
# Calls that stay out of lib/ and cmd/.  Comments and texts do not count.
BEGIN {
	n = split("strcpy strcat stpcpy sprintf vsprintf strtok gets " \
	    "strtol strtoul strtoll strtoull atoi atol atoll atof " \
	    "sscanf system popen tmpnam tempnam mktemp tmpfile alloca", \
	    word, " ")
	for (i = 1; i <= n; i++)
		bad = bad (i > 1 ? "|" : "") word[i]
	bad = "(^|[^A-Za-z0-9_])(" bad ")[ \t]*\\("
}
FNR == 1 {
	comment = 0
}
{
	line = $0
	gsub(/\\./, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", line)
	sub(/\/\/.*/, "", line)
	if (comment) {
		if (!match(line, /\*\//))
			next
		line = substr(line, RSTART + 2)
		comment = 0
	}
	if (match(line, /\/\*/)) {
		line = substr(line, 1, RSTART - 1)
		comment = 1
	}
	if (match(line, bad)) {
		call = substr(line, RSTART, RLENGTH)
		gsub(/[^A-Za-z0-9_]/, "", call)
		print FILENAME ":" FNR ": " call "()"
	}
}
