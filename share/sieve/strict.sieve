# A strict mail policy: what fails a check is refused while its sender can
# still hear of it, and what is doubtful waits in quarantine.  As
# default.sieve else; see there how to try it out.
require ["fileinto", "mailbox", "reject", "relational", "editheader",
	"variables", "vnd.fe.record"];

if fe :is "limits.over" "true" {
	tempfail "451 4.7.1 too much mail at once, try again later";
	stop;
}

# DMARC: reject and quarantine are both a no.
if fe :is "checks.dmarc.disposition" ["reject", "quarantine"] {
	reject "550 5.7.26 the domain in From does not vouch for this mail (DMARC)";
	stop;
}
if allof (fe :is "checks.dmarc.result" "temperror",
	  not fe :is "checks.dmarc.policy" "none") {
	tempfail "451 4.7.5 DNS does not answer for the domain in From, try again later";
	stop;
}

# The sender's domain names the hosts that may send for it, and this was none
# of them, nor did the domain sign.
if allof (fe :is "checks.spf.result" "fail",
	  not fe :is "checks.dmarc.result" "pass") {
	reject "550 5.7.23 the sender's domain does not let this host send (SPF)";
	stop;
}

# Without a look for viruses nothing goes in.
if fe :is "scan.virus.result" "unavailable" {
	tempfail "451 4.7.1 the virus scanner does not answer, try again later";
	stop;
}
if fe :is "scan.virus.result" "found" {
	reject "550 5.7.1 this message holds a virus";
	stop;
}

if fe :value "ge" "scan.spam.score" "0.99" {
	reject "550 5.7.1 this message looks like spam";
	stop;
}
if fe :matches "scan.phishing.reasons.reason" "*" {
	addheader "X-Fe-Phishing" "${0}";
	quarantine "phishing: ${0}";
	stop;
}
if fe :value "ge" "scan.spam.score" "0.8" {
	fileinto :create "Junk";
	stop;
}
