#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# The page of fe-audit in a real browser: at 360 and 1280 pixels, in light and
# in dark.

load helper

setup_file() {
	load helper
	make_home "$BATS_FILE_TMPDIR/home" alice@example.org
}

# look PAGE: four JSON lines in $T/looks.
look() {
	need_peer chromium-headless-shell chromium-headless-shell
	timeout 60 "$HERE/peers/browser-look" "$PEER" "$1" >"$T/looks"
	[ "$(wc -l <"$T/looks")" = 4 ]
}

@test "the page can be read by everybody, in a real browser" {
	local H=$BATS_FILE_TMPDIR/home day
	# a history with ups and downs, and a long word in the evidence
	jq --arg long "$(printf 'x%.0s' $(seq 300))" \
		'.providers[0].name = $long | .providers[0].transfer = ""' \
		"$TOP/share/providers.json" >"$H/providers.json"
	echo evidence >"$T/evidence"
	fe-audit --home "$H" attest people-training --by Ada \
		--evidence "$T/evidence" --until "$(date -d '+30 days' +%F)"
	for day in 9 8 7 6 5; do
		if ((day % 2)); then
			rm -rf "$H/service/security-txt"
		else
			sign_security_txt "$H"
		fi
		fe-audit --home "$H" --now "$(date -d "-$day days" +%F)" \
			>/dev/null || [ $? = 1 ]
	done
	fe-audit --home "$H" -o html >"$T/page.html" || [ $? = 1 ]
	grep -q '<rect class="pass" x="4" .*<rect class="fail" x="8"' \
		"$T/page.html"
	grep -q '6 runs since .*: 2 pass 4 fail; last change' "$T/page.html"
	look "$T/page.html"
	cat "$T/looks"
	# nothing scrolls sideways, nothing is pale or tiny
	jq -es 'all(.scroll <= .width and .contrast >= 4.5 and .small == 0)' \
		"$T/looks"
	jq -es '[.[] | [.width, .scheme]] == [[360, "light"], [360, "dark"],
		[1280, "light"], [1280, "dark"]]' "$T/looks"
	# nothing is asked of anybody, and the console is silent
	jq -es 'all(.fetched == [] and .errors == [])' "$T/looks"
	# one first heading, no level left out; all has a name; links lead
	jq -es 'all(.headings[0] == 1 and (.headings | map(select(. == 1)) |
		length) == 1 and ([.headings, .headings[1:]] | transpose |
		all(.[1] == null or .[1] <= .[0] + 1)) and .unnamed == 0 and
		.broken == 0 and (.landmarks | length) == 4)' "$T/looks"
	# it is dark in the dark
	[ "$(jq -s '[.[].contrast] | unique | length' "$T/looks")" -gt 1 ]
}

@test "and a page that cannot be read is told from one that can" {
	cat >"$T/page.html" <<-'END'
		<!doctype html><html lang="en"><title>x</title><body
		style="background:#fff"><h1>x</h1><h3>y</h3><p
		style="color:#999;width:500px">pale and wide</p><a href="#no">
		</a><img src="missing.png"></body></html>
	END
	look "$T/page.html"
	cat "$T/looks"
	jq -es '.[0].scroll > 360 and all(.contrast < 4.5 and .where ==
		"pale and wide" and .headings == [1, 3] and .unnamed == 2 and
		.broken == 1 and (.fetched | length) == 1)' "$T/looks"
}
