# SPDX-License-Identifier: ISC
# An option table as completion for zsh.
BEGIN {
	quote = "'"
	print "#compdef " name
	print "# generated from the options of " name
	print "_arguments -s -S \\"
}
# Into a single-quoted spec: no quotes, no brackets, no colons of its own.
function clean(text) {
	gsub(quote, "", text)
	gsub(/[][]/, "", text)
	gsub(/:/, "\\:", text)
	return text
}
{
	action = ""
	if ($4 != "") {
		choices = $4
		gsub(/\|/, " ", choices)
		action = ":" $3 ":(" choices ")"
	} else if ($3 == "DIR")
		action = ":" $3 ":_files -/"
	else if ($3 == "FILE" || $3 == "SOCKET")
		action = ":" $3 ":_files"
	else if ($3 != "")
		action = ":" $3 ": "
	text = quote "[" clean($5) "]" action quote
	if ($1 != "")
		print "\t\\*{-" $1 ",--" $2 "}" text " \\"
	else
		print "\t'*--" $2 "'" text " \\"
}
END {
	if (name == "fe") {
		print "\t'1:command:(" verbs commands ")' '*::argument:->rest'"
		print "case $state in"
		print "rest)"
		print "\tcase $words[1] in"
		print "\thelp) _values command " commands " ;;"
		print "\tconfig) _values what check show ;;"
		print "\tstatus) ;;"
		print "\t*) words[1]=fe-$words[1]; _normal ;;"
		print "\tesac ;;\nesac"
	} else if (verbs != "")
		print "\t'1:verb:(" verbs ")' '*:argument:_files'"
	else
		print "\t'*:argument:_files'"
}
