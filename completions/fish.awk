# SPDX-License-Identifier: ISC
# An option table as completion for fish.
BEGIN {
	quote = "'"
	print "# generated from the options of " name
}
function clean(text) {
	gsub(/\\/, "\\\\", text)
	gsub(quote, "\\" quote, text)
	return quote text quote
}
{
	line = "complete -c " name " -l " $2
	if ($1 != "")
		line = line " -s " $1
	if ($4 != "") {
		choices = $4
		gsub(/\|/, " ", choices)
		line = line " -x -a " clean(choices)
	} else if ($3 == "DIR")
		line = line " -x -a '(__fish_complete_directories)'"
	else if ($3 == "FILE" || $3 == "SOCKET")
		line = line " -r -F"
	else if ($3 != "")
		line = line " -x"
	print line " -d " clean($5)
}
END {
	if (verbs == "" && name != "fe")
		exit
	print "complete -c " name " -n __fish_use_subcommand -f -a " \
	    clean(verbs (name == "fe" ? commands : ""))
	if (name != "fe")
		exit
	print "complete -c fe -n '__fish_seen_subcommand_from help' -f -a " \
	    clean(commands)
	print "complete -c fe -n '__fish_seen_subcommand_from config' -f -a " \
	    clean("check show")
	print "complete -c fe -n 'not __fish_use_subcommand; and not " \
	    "__fish_seen_subcommand_from help config status' -f -a " \
	    "'(complete -C \"fe-\"(string join -- \" \" " \
	    "(commandline -opc)[2..] (commandline -ct)))'"
}
