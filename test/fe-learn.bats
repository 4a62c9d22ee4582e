#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
load helper

# pick SEED N WORDS...: N of the words, the same of one seed every time: what
# is learned of mail that changes is right on some days only.
pick() {
	local n=$2 i other word
	RANDOM=$1
	shift 2
	local words=("$@")
	for ((i = 0; i < n; i++)); do
		other=$((i + RANDOM % (${#words[@]} - i)))
		word=${words[other]}
		words[other]=${words[i]}
		words[i]=$word
	done
	echo "${words[*]:0:n}"
}

# mails DIR N WORDS...: messages of these words in changing order.
mails() {
	local dir=$1 n=$2 i
	shift 2
	mkdir -p "$dir"
	for ((i = 0; i < n; i++)); do
		printf 'From: a%d@%s.example\nSubject: %s %d\n\n%s\n' "$i" "$1" \
			"$(pick "$((i + 1))" 2 "$@")" "$i" \
			"$(pick "$((i + 1001))" 6 "$@")" >"$dir/$i.eml"
	done
}

corpus() {
	mails "$T/spam" 40 casino winner prize money cheap pills offer click
	mails "$T/ham" 40 meeting patch report kernel lunch review branch notes
}

labelled() {
	fe-cat --label spam "$T/spam"
	fe-cat --label ham "$T/ham"
}

@test "what was trained is told apart" {
	corpus
	labelled | fe-learn -m "$T/m" train
	mails "$T/new" 1 casino winner prize money cheap pills offer
	run -0 fe-learn -m "$T/m" test <"$T/new/0.eml"
	[[ $output == 0.[5-9]*' spam '* ]] || [[ $output == 1.0000' spam '* ]]
	mails "$T/new" 1 meeting patch report kernel lunch review branch
	run -0 fe-learn -m "$T/m" test <"$T/new/0.eml"
	[[ $output == 0.[0-4]*' ham '* ]]
	run -0 fe-learn -m "$T/m" info
	[[ $output == *"learned   40 spam, 40 ham"* ]]
}

@test "eval and cross-validate measure, in text, JSON and SVG" {
	corpus
	labelled | fe-learn -m "$T/m" train
	run -0 bash -c "$(declare -f labelled); T=$T; labelled | fe-learn -m $T/m eval"
	[[ $output == *"40 spam, 40 ham"*"recall    1.0000"* ]]
	[ "$(labelled | fe-learn -o json cross-validate | jq '.auc > 0.99')" = true ]
	[ ! -e "$T/home" ]
	labelled | fe-learn -m "$T/m" -o svg eval >"$T/roc.svg"
	python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$T/roc.svg"
}

@test "learning one at a time counts, and unlearning takes back" {
	corpus
	labelled | fe-learn -m "$T/m" train
	printf 'Subject: pills kernel\n\nmoney patch casino report\n' >"$T/x"
	before=$(fe-learn -m "$T/m" test <"$T/x" | cut -c 1-6)
	fe-learn -m "$T/m" spam <"$T/x"
	after=$(fe-learn -m "$T/m" test <"$T/x" | cut -c 1-6)
	[[ $(fe-learn -m "$T/m" info) == *"41 spam, 40 ham"* ]]
	[[ $after > $before ]]
	fe-learn -m "$T/m" unlearn spam <"$T/x"
	[[ $(fe-learn -m "$T/m" info) == *"40 spam, 40 ham"* ]]
	[[ ! $(fe-learn -m "$T/m" test <"$T/x") > $after ]]
	run -64 fe-learn -m "$T/m" unlearn other <"$T/x"
}

@test "one class alone judges nothing" {
	mails "$T/spam" 3 casino winner prize money cheap pills
	fe-cat "$T/spam" | fe-learn -m "$T/m" spam
	run -0 fe-learn -m "$T/m" test <"$T/spam/0.eml"
	[[ $output == "0.5000 unknown "* ]]
}

@test "a stream that breaks teaches nothing" {
	corpus
	labelled | fe-learn -m "$T/m" train
	cp "$T/m" "$T/kept"
	run -75 bash -c "fe-cat $T/spam | head -c 3000 | fe-learn -m $T/m spam"
	cmp "$T/m" "$T/kept"
}

@test "a damaged, cut or foreign model is refused and left alone" {
	corpus
	labelled | fe-learn -m "$T/m" train
	for change in 'truncate -s 1000' 'truncate -s +1' 'sed -i s/femodel/xxmodel/'; do
		cp "$T/m" "$T/bad"
		$change "$T/bad"
		cp "$T/bad" "$T/kept"
		run -75 fe-learn -m "$T/bad" spam <"$T/spam/0.eml"
		[[ $output == *"'$T/bad': th"* ]]
		cmp "$T/bad" "$T/kept"
	done
	cp "$T/m" "$T/bad"
	flip "$T/bad" $(($(stat -c %s "$T/bad") / 2))
	run -75 fe-learn -m "$T/bad" info
	[[ $output == *damaged* ]]
}

@test "four processes that learn at once lose nothing" {
	corpus
	local pids=()
	for i in 1 2 3 4; do
		(for k in 0 1 2 3 4; do
			fe-learn -m "$T/m" spam <"$T/spam/$k.eml"
			fe-learn -m "$T/m" ham <"$T/ham/$k.eml"
		done) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[[ $(fe-learn -m "$T/m" info) == *"learned   20 spam, 20 ham"* ]]
}

@test "merge adds, diff tells who is judged otherwise" {
	corpus
	labelled | fe-learn -m "$T/a" train
	(fe-cat --label ham "$T/spam"; fe-cat --label spam "$T/ham") |
		fe-learn -m "$T/b" train
	run -0 bash -c "fe-cat $T/spam | fe-learn diff $T/a $T/b"
	[ "${lines[-1]}" = "40 of 40 messages are judged otherwise" ]
	cp "$T/a" "$T/c"
	fe-learn -m "$T/c" merge "$T/b"
	[[ $(fe-learn -m "$T/c" info) == *"80 spam, 80 ham"* ]]
}

@test "merge takes forty models, each from a folder of its own" {
	mkdir "$T/all"
	printf 'Subject: x\n\nhi\n' | fe-learn -m "$T/a" spam
	for i in {1..40}; do
		mkdir "$T/$i"
		cp "$T/a" "$T/$i/model"
	done
	fe-learn -m "$T/all/model" merge "$T"/{1..40}/model
	[[ $(fe-learn -m "$T/all/model" info) == *"40 spam, 0 ham"* ]]
}

@test "messages without a label, odd verbs and a full disk are refused" {
	corpus
	run -64 bash -c "fe-cat $T/spam | fe-learn -m $T/m train"
	[[ $output == *"labelled neither spam nor ham"* ]]
	[ ! -e "$T/m" ]
	run -64 fe-learn
	run -64 fe-learn frobnicate
	run -64 fe-learn diff "$T/a" </dev/null
	run -64 fe-learn --wrong
	run -75 fe-learn -m "$T/none" info
	run -75 bash -c "fe-learn -m $T/m spam <&-"
	: >"$T/empty"
	run -65 fe-learn -m "$T/m" spam <"$T/empty"
	labelled | fe-learn -m "$T/m" train
	run -75 bash -c "fe-learn -m $T/m info >/dev/full"
	run -0 fe-learn --help
	run -0 fe-learn --version
}

@test "on real mail: cross-validation within the bounds, in little time" {
	need_shared corpus/dev.tar.zst
	[ -z "$SAN" ] || skip 'too slow when sanitized'
	tar -C "$T" -I zstd -xf "$SHARED/corpus/dev.tar.zst"
	(fe-cat --label spam "$T/dev/spam" "$T/dev/phish"
	fe-cat --label ham "$T/dev/ham") >"$T/all"
	run -0 fe-learn -i record -o json cross-validate <"$T/all"
	[ "$(jq '.auc > 0.9998 and .["recall_at_0.01"] > 0.99 and
	    .["recall_at_0.001"] > 0.97' <<<"$output")" = true ]
}
