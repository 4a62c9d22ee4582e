# A relaxed mail policy: nothing is refused but viruses and what is over a
# limit; all else that looks bad goes to Junk, where people find it.  As
# default.sieve else; see there how to try it out.
require ["fileinto", "mailbox", "reject", "relational", "editheader",
	"variables", "vnd.fe.record"];

if fe :is "limits.over" "true" {
	tempfail "451 4.7.1 too much mail at once, try again later";
	stop;
}

if fe :is "scan.virus.result" "found" {
	reject "550 5.7.1 this message holds a virus";
	stop;
}

if anyof (fe :is "checks.dmarc.disposition" ["reject", "quarantine"],
	  fe :value "ge" "scan.spam.score" "0.95") {
	fileinto :create "Junk";
	stop;
}

if fe :matches "scan.phishing.reasons.reason" "*" {
	addheader "X-Fe-Phishing" "${0}";
	fileinto :create "Junk";
	stop;
}
