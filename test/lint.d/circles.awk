# SPDX-License-Identifier: ISC
# Nouns of one folder that need each other.  A noun is a .c and its .h, and
# the files that it was split into: dns_cache belongs to dns where there is a
# dns.  What is left after taking away, again and again, all that need nothing
# (more) or that nobody needs is in a circle.
function noun_of(path,    base, at) {
	base = path
	while ((at = match(base, /_[^_\/]*$/)) > 0) {
		base = substr(base, 1, at - 1)
		if (base in files)
			return noun_of(base)
	}
	return path
}
FNR == 1 {
	split(FILENAME, part, "/")
	folder = part[2]
	file = folder "/" part[3]
	sub(/\.[ch]$/, "", file)
	files[file] = 1
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	other = quoted[2]
	if (index(other, "/") == 0)
		other = folder "/" other
	sub(/\.h$/, "", other)
	if (index(other, folder "/") == 1 && other != file)
		include[file SUBSEP other] = FILENAME ":" FNR
}
END {
	for (i in include) {
		split(i, end, SUBSEP)
		from = noun_of(end[1])
		to = noun_of(end[2])
		if (from == to)
			continue
		nouns[from] = nouns[to] = 1
		edge[from SUBSEP to] = include[i]
	}
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
