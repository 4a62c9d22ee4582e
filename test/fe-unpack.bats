#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

setup() { cd "$T" || return 1; }

files() { python3 "$HERE/scan_files.py" "$@"; }

facts() { fe-unpack -o json <"$1" | jq -c "$2"; }

@test "says what is in an archive, and in the archives in it" {
	files plain.zip nested.zip eicar.tar.gz encrypted.zip macro.docm
	[ "$(fe-unpack -o json <plain.zip)" = '{"files":2,"size":1004,"depth":1}' ]
	[ "$(facts nested.zip '[.files, .depth, .flags]')" = \
		'[3,2,["executable","two_extensions","nested"]]' ]
	[ "$(facts nested.zip '[.items[].name]')" = \
		'["inner.zip","inner.zip/invoice.pdf.exe"]' ]
	[ "$(facts eicar.tar.gz .flags)" = '["eicar"]' ]
	[ "$(facts encrypted.zip .flags)" = '["encrypted"]' ]
	[ "$(facts macro.docm .flags)" = '["macros"]' ]
	run -0 fe-unpack <nested.zip
	diff - <(echo "$output") <<-'WANT'
	3 files, 242 octets unpacked, depth 2
	flags: executable two_extensions nested
	  inner.zip nested
	  inner.zip/invoice.pdf.exe executable two_extensions
	WANT
}

@test "bombs end at a limit, in little time" {
	files bomb.zip deep.zip flat.gz files.zip
	[ "$(stat -c %s bomb.zip)" -lt 60000 ]
	for file in bomb.zip:depth deep.zip:depth flat.gz:ratio files.zip:files; do
		run -0 timeout 10 fe-unpack -o json <"${file%:*}"
		[ "$(jq -r .limit <<<"$output")" = "${file#*:}" ]
		[ "$(jq '.flags | index("bomb") != null' <<<"$output")" = true ]
		[ "$(jq '.size < 68000000' <<<"$output")" = true ]
	done
	[ "$(fe-unpack -o json --depth-max 16 <bomb.zip | jq -r .limit)" = ratio ]
	[ "$(fe-unpack -o json --ratio-max 100000 <flat.gz | jq -r .limit)" = size ]
	[ "$(fe-unpack -o json --depth-max 16 <deep.zip | jq .depth)" = 16 ]
	[ "$(fe-unpack -o json --files-max 5000 <files.zip | jq .files)" = 3000 ]
}

@test "memory is bounded whatever the archive asks for" {
	[ -z "$SAN" ] || skip 'the sanitizer takes what it likes'
	files flat.gz
	/usr/bin/env python3 - "$BIN/fe-unpack" flat.gz >out <<-'END'
	import resource, subprocess, sys
	subprocess.run([sys.argv[1], '--ratio-max', '100000'],
	    stdin=open(sys.argv[2]), stdout=subprocess.DEVNULL, check=True)
	print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	END
	[ "$(cat out)" -lt 40000 ]
}

@test "a name in an archive cannot write to a terminal" {
	python3 - <<-'END'
	import zipfile
	with zipfile.ZipFile('x.zip', 'w') as z:
	    z.writestr('\033[31mred\u202etxt.exe', b'MZ')
	END
	run -0 fe-unpack <x.zip
	[[ $output == *turned_name* ]]
	[[ $output != *$'\033'* ]]
	[[ $output != *$'\u202e'* ]]
}

@test "damaged archives, and all cuts of one, are told and not died of" {
	files nested.zip cut.zip eicar.tar.gz
	[ "$(facts cut.zip '.flags | index("damaged") != null')" = true ]
	for n in 5 30 60 100 150 200 240; do
		head -c "$n" nested.zip >cut
		run -0 fe-unpack -o json <cut
		jq -e '.files >= 0' <<<"$output"
	done
	# what the library cannot read is not an archive that holds itself
	printf MSCF >cut
	[ "$(fe-unpack -o json <cut | jq -c '[.files, .flags]')" = \
		'[0,["damaged"]]' ]
}

@test "what is no archive, a full disk, wrong options end as they should" {
	files note.txt plain.zip
	run -65 fe-unpack <note.txt
	[[ $output == *"no archive"* ]]
	run -65 fe-unpack --size-max 10 <plain.zip
	run -64 fe-unpack --wrong <plain.zip
	run -64 fe-unpack --depth-max 0 <plain.zip
	: >empty
	run -65 fe-unpack <empty
	run -75 bash -c 'fe-unpack <plain.zip >/dev/full'
	run -64 bash -c 'fe-unpack --serve <plain.zip'
	run -0 fe-unpack --help
	run -0 fe-unpack --version
}
