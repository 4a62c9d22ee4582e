# SPDX-License-Identifier: ISC
# Includes that go up, or sideways to a neighbour on the same floor.
BEGIN {
	n = split("base:1 mail:2 net:2 crypto:2 record:3 auth:4 sieve:4 " \
	    "store:4 scan:5 ops:5 cmd:6", pair, " ")
	for (i = 1; i <= n; i++) {
		split(pair[i], word, ":")
		floor[word[1]] = word[2]
	}
}
FNR == 1 {
	split(FILENAME, part, "/")
	own = part[1] == "cmd" ? "cmd" : part[2]
	if (!(own in floor))
		print FILENAME ": '" own "' is on no floor"
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	name = quoted[2]
	folder = own
	if (index(name, "/") > 0)
		folder = substr(name, 1, index(name, "/") - 1)
	if (!(folder in floor))
		print FILENAME ":" FNR ": '" name "' is on no floor"
	else if (floor[folder] > floor[own])
		print FILENAME ":" FNR ": '" name "' is on a higher floor"
	else if (floor[folder] == floor[own] && folder != own)
		print FILENAME ":" FNR ": '" name "' is a neighbour's"
}
