# SPDX-License-Identifier: ISC
# Nouns of one folder that need each other.  A noun is a .c and its .h; what
# is left after taking away, again and again, all that need nothing (more) is
# in a circle or above one.
FNR == 1 {
	split(FILENAME, part, "/")
	folder = part[2]
	noun = folder "/" part[3]
	sub(/\.[ch]$/, "", noun)
	nouns[noun] = 1
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	other = quoted[2]
	if (index(other, "/") == 0)
		other = folder "/" other
	sub(/\.h$/, "", other)
	if (index(other, folder "/") == 1 && other != noun)
		edge[noun SUBSEP other] = FILENAME ":" FNR
}
END {
	# Away with what needs nothing, then with what nobody needs.
	do {
		changed = 0
		for (noun in nouns) {
			out = into = 0
			for (e in edge) {
				split(e, end, SUBSEP)
				if (!(end[1] in nouns) || !(end[2] in nouns))
					continue
				out += end[1] == noun
				into += end[2] == noun
			}
			if (out == 0 || into == 0) {
				delete nouns[noun]
				changed = 1
			}
		}
	} while (changed)
	for (e in edge) {
		split(e, end, SUBSEP)
		if (end[1] in nouns && end[2] in nouns)
			print edge[e] ": " end[1] " needs " end[2] \
			    " in a circle"
	}
}
