# The mail policy of this site (RFC 5228).  It is asked first, about every
# message; then each recipient's own script, for mail that is kept here.
# Try changes before they count:
#
#	fe-sieve check new.sieve
#	fe-cat alice@example.org --since 7d | fe-sieve diff site.sieve new.sieve
#
# `fe' reads the facts that fe-verify, fe-scan and fe-limit have stated in the
# record (fe-record(5)).  A fact that nobody stated matches nothing, so that
# this works without any of them.
require ["fileinto", "mailbox", "reject", "relational", "editheader",
	"variables", "vnd.fe.record"];

# Over a limit of fe-limit: the sender shall try again later.
if fe :is "limits.over" "true" {
	tempfail "451 4.7.1 too much mail at once, try again later";
	stop;
}

# The author's domain asks to refuse what it did not send (DMARC).
if fe :is "checks.dmarc.disposition" "reject" {
	reject "550 5.7.26 the domain in From asks to refuse this mail (DMARC)";
	stop;
}

# DNS trouble hides whether it did.  That matters only where the policy is
# known to be strict; else the mail is taken.
if allof (fe :is "checks.dmarc.result" "temperror",
	  fe :is "checks.dmarc.policy" ["reject", "quarantine"]) {
	tempfail "451 4.7.5 DNS does not answer for the domain in From, try again later";
	stop;
}

# A virus.
if fe :is "scan.virus.result" "found" {
	reject "550 5.7.1 this message holds a virus";
	stop;
}

# Spam beyond doubt is refused; an honest sender hears of it.
if fe :value "ge" "scan.spam.score" "0.999" {
	reject "550 5.7.1 this message looks like spam";
	stop;
}

# What is likely spam, and what DMARC wants kept apart.
if anyof (fe :value "ge" "scan.spam.score" "0.9",
	  fe :is "checks.dmarc.disposition" "quarantine") {
	fileinto :create "Junk";
	stop;
}

# Phishing: into Junk, with a field that tells why.
if fe :matches "scan.phishing.reasons.reason" "*" {
	addheader "X-Fe-Phishing" "${0}";
	fileinto :create "Junk";
	stop;
}
