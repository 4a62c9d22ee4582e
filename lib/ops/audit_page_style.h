/* SPDX-License-Identifier: ISC */
#ifndef FE_OPS_AUDIT_PAGE_STYLE_H
#define FE_OPS_AUDIT_PAGE_STYLE_H

/* The looks of audit_report_html(); every pair of text and ground has a
 * contrast of 4.5 at least (WCAG 2.2, 1.4.3), in both schemes. */
#define AUDIT_PAGE_STYLE \
	":root{color-scheme:light dark;--ground:#fff;--card:#f6f7f8;" \
	"--text:#1b1f23;--dim:#4d555e;--line:#c9ced4;--link:#0b57a4;" \
	"--pass:#0b6b2f;--pass-ground:#def3e4;--fail:#9c1515;" \
	"--fail-ground:#fde3e1;--unknown:#5c4700;--unknown-ground:#fbf0c9;" \
	"--attested:#3c3a9c;--attested-ground:#e5e5fb}\n" \
	"@media(prefers-color-scheme:dark){:root{--ground:#14171a;" \
	"--card:#1d2125;--text:#e8eaec;--dim:#b3bac2;--line:#3b4249;" \
	"--link:#8cc2ff;--pass:#8fe0a8;--pass-ground:#12331f;" \
	"--fail:#ffb3ab;--fail-ground:#451614;--unknown:#f2d673;" \
	"--unknown-ground:#3a2f08;--attested:#c3c2ff;" \
	"--attested-ground:#25245a}}\n" \
	"*{box-sizing:border-box}\n" \
	"body{margin:0 auto;max-width:70rem;padding:1rem;" \
	"font:1rem/1.5 system-ui,sans-serif;color:var(--text);" \
	"background:var(--ground);overflow-wrap:anywhere}\n" \
	"h1{font-size:1.5rem;line-height:1.2;margin:.5rem 0}\n" \
	"h2{font-size:1.25rem;margin:2rem 0 .5rem;" \
	"border-bottom:1px solid var(--line)}\n" \
	"h3{font-size:1rem;margin:0}\n" \
	"code{font-family:ui-monospace,monospace;font-size:.95em}\n" \
	"a{color:var(--link)}\n" \
	"a:focus-visible{outline:3px solid var(--link);outline-offset:2px}\n" \
	".skip{position:absolute;left:-999px}\n" \
	".skip:focus{position:static}\n" \
	".hidden{position:absolute;width:1px;height:1px;overflow:hidden;" \
	"clip-path:inset(50%%);white-space:nowrap}\n" \
	"nav ul,.tally{list-style:none;padding:0;display:flex;" \
	"flex-wrap:wrap;gap:.25rem 1.5rem}\n" \
	"nav span,.by,.history{color:var(--dim);font-size:.875rem}\n" \
	".tally strong{font-size:1.5rem}\n" \
	".state{display:inline-block;padding:0 .5em;border-radius:.25em;" \
	"border:1px solid currentColor;font-weight:600}\n" \
	".state.pass{color:var(--pass);background:var(--pass-ground)}\n" \
	".state.fail{color:var(--fail);background:var(--fail-ground)}\n" \
	".state.unknown{color:var(--unknown);" \
	"background:var(--unknown-ground)}\n" \
	".state.attested{color:var(--attested);" \
	"background:var(--attested-ground)}\n" \
	"article{background:var(--card);border:1px solid var(--line);" \
	"border-left:.375rem solid var(--line);border-radius:.25rem;" \
	"padding:.75rem 1rem;margin:.75rem 0}\n" \
	"article.pass{border-left-color:var(--pass)}\n" \
	"article.fail{border-left-color:var(--fail)}\n" \
	"article.unknown{border-left-color:var(--unknown)}\n" \
	"article.attested{border-left-color:var(--attested)}\n" \
	"article ul{margin:.5rem 0;padding:0;list-style:none}\n" \
	"article li{padding-left:1.5em;text-indent:-1.5em}\n" \
	"article p{margin:.5rem 0}\n" \
	".mark{display:inline-block;width:1.5em;text-indent:0;" \
	"font-weight:600}\n" \
	".mark.pass{color:var(--pass)}.mark.fail{color:var(--fail)}" \
	".mark.unknown{color:var(--unknown)}" \
	".mark.attested{color:var(--attested)}.mark.note{color:var(--dim)}\n" \
	"dl{display:grid;grid-template-columns:max-content 1fr;" \
	"gap:.25rem 1rem;margin:.5rem 0 0}\n" \
	"dt{color:var(--dim)}dd{margin:0;min-width:0}\n" \
	"svg{vertical-align:middle;max-width:100%%}\n" \
	"rect.pass{fill:var(--pass)}rect.fail{fill:var(--fail)}" \
	"rect.unknown{fill:var(--unknown)}" \
	"rect.attested{fill:var(--attested)}\n" \
	"footer{margin-top:2rem;border-top:1px solid var(--line);" \
	"color:var(--dim);font-size:.875rem}\n" \
	"@media(min-width:60rem){.what{font-size:1.0625rem}}\n" \
	"@media print{nav,.skip{display:none}article{break-inside:avoid}}\n"

#endif
