# SPDX-License-Identifier: ISC
# An option table as completion for bash (needs no bash-completion).
function words(letter, long) {
	return (letter == "" ? "" : "-" letter " ") "--" long
}
{
	options = options " " words($1, $2)
	pattern = ($1 == "" ? "" : "-" $1 " | ") "--" $2
	if ($4 != "") {
		choices = $4
		gsub(/\|/, " ", choices)
		cases = cases "\t" pattern ")\n\t\tmapfile -t COMPREPLY < " \
		    "<(compgen -W '" choices "' -- \"$cur\")\n\t\treturn ;;\n"
	} else if ($3 == "DIR")
		folders = folders " | " pattern
	else if ($3 == "FILE" || $3 == "SOCKET")
		files = files " | " pattern
	else if ($3 != "")
		others = others " | " pattern
}
function line(patterns, reply) {
	if (patterns != "")
		printf "\t%s)\n%s\t\treturn ;;\n", substr(patterns, 4), reply
}
END {
	function_name = name
	gsub(/-/, "_", function_name)
	print "# bash completion of " name ", generated from its options"
	if (name == "fe")
		print "_fe_folder=${BASH_SOURCE[0]%/*}"
	print "_" function_name "() {"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev= words"
	print "\t[ \"$COMP_CWORD\" -lt 1 ] || prev=${COMP_WORDS[COMP_CWORD - 1]}"
	print "\tCOMPREPLY=()"
	if (name == "fe") {
		print "\tcase ${COMP_WORDS[1]} in"
		print "\t-* | '' | help | config | status) ;;"
		print "\t*)\n\t\tif [ \"$COMP_CWORD\" -gt 1 ]; then"
		print "\t\t\t_fe_other\n\t\t\treturn\n\t\tfi ;;\n\tesac"
	}
	print "\tcase $prev in"
	printf "%s", cases
	line(folders, "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n")
	line(files, "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n")
	line(others, "")
	print "\tesac"
	print "\tcase $cur in"
	print "\t-*) words='" substr(options, 2) "' ;;"
	if (name == "fe") {
		print "\t*)\n\t\tcase $prev in"
		print "\t\tconfig) words='check show' ;;"
		print "\t\thelp | show) words='" commands "' ;;"
		print "\t\t*) words='" verbs commands "' ;;\n\t\tesac ;;"
	} else if (verbs != "")
		print "\t*) [ \"$COMP_CWORD\" -ne 1 ] || words='" verbs "' ;;"
	print "\tesac"
	print "\tif [ -n \"$words\" ]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")"
	print "\telse"
	print "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
	print "\tfi\n}"
	if (name == "fe") {
		print "_fe_other() {"
		print "\tlocal name=fe-${COMP_WORDS[1]}"
		print "\tdeclare -F \"_${name//-/_}\" >/dev/null ||"
		print "\t\t. \"$_fe_folder/$name\" 2>/dev/null || return"
		print "\tCOMP_WORDS=(\"$name\" \"${COMP_WORDS[@]:2}\")"
		print "\tCOMP_CWORD=$((COMP_CWORD - 1))"
		print "\t\"_${name//-/_}\"\n}"
	}
	print "complete -o filenames -F _" function_name " " name
}
