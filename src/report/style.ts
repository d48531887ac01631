/**
 * The style sheet of the report: light and dark by preference (or by `data-theme` on the root element), narrow
 * screens, paper.
 * @module
 */
import { darkTheme, FIGURE_CSS, lightTheme, themeProperties } from "../figures/index.js";

const LIGHT = `color-scheme:light;--page:#ffffff;--ink:#1c2024;--muted:#565e68;--line:#d9dee4;--soft:#f4f6f8;--accent:#0067a3;--good:#00775a;--warn:#a34d00;--bad:#b3261e;${themeProperties(lightTheme)}`;
const DARK = `color-scheme:dark;--page:#15181d;--ink:#e9ebee;--muted:#a8b0bb;--line:#333a43;--soft:#1d2127;--accent:#6bbcec;--good:#3ccea4;--warn:#f5a661;--bad:#f58a80;${themeProperties(darkTheme)}`;

const SANS = `"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif`;
const SERIF = `Charter,"Bitstream Charter","Iowan Old Style",Palatino,"Palatino Linotype",Georgia,"Liberation Serif",serif`;

/** Everything that a page needs, figures included. */
export const REPORT_CSS = `
:root{${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme="light"]){${DARK}}}
@media screen{:root[data-theme="dark"]{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1.0625rem/1.6 ${SERIF}}
main,header.page,footer.page{max-width:49.5rem;margin:0 auto;padding:0 1.25rem}
header.page{padding-top:2.75rem}
footer.page{padding-bottom:3rem;color:var(--muted);font:.875rem/1.5 ${SANS}}
h1,h2,h3,nav,table,.tiles,.verdict .kind,summary,.byline{font-family:${SANS}}
h1{font-size:1.875rem;line-height:1.2;letter-spacing:-.01em;margin:0 0 .35rem;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.3125rem;line-height:1.3;margin:2.75rem 0 .6rem;padding-top:1.1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .4rem}
p,ul,ol{margin:.6rem 0}
li{margin:.25rem 0}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,pre:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
span.formula{white-space:nowrap}
sub,sup{font-size:.72em;line-height:0}
.byline{color:var(--muted);font-size:.9375rem;margin:0}
nav{font-size:.9375rem;margin:1.5rem 0 0}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:0}
nav li{margin:0}
.verdict{margin:1.6rem 0 1.25rem;padding:1.1rem 1.3rem 1rem;background:var(--soft);border-left:5px solid var(--tone);border-radius:0 6px 6px 0}
.verdict .kind{color:var(--tone);font-weight:700;font-size:.9375rem;margin:0}
.verdict .sentence{font-size:1.3125rem;line-height:1.4;margin:.25rem 0 .5rem;text-wrap:pretty}
.verdict h2{border:0;padding:0;margin:0}
.verdict ul{margin:.3rem 0 0;padding-left:1.15rem;font-size:1rem;color:var(--muted)}
.tone-good{--tone:var(--good)}.tone-warn{--tone:var(--warn)}.tone-bad{--tone:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.2rem,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:6px;overflow:hidden;margin:1rem 0}
.tiles div{background:var(--page);padding:.7rem .85rem .75rem}
.tiles dt{font-size:.8125rem;color:var(--muted);line-height:1.35}
.tiles dd{margin:0}
.tiles .value{font-size:1.3125rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.35}
.tiles .note{font-size:.8125rem;color:var(--muted);line-height:1.35}
figure{margin:1.4rem 0}
figure svg{display:block;width:100%;height:auto}
figure .narrow{display:none}
figcaption{font-size:.9688rem;line-height:1.5;margin-top:.6rem;color:var(--ink)}
figcaption b,.lead{font-family:${SANS};font-size:.9375rem}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--accent);font-size:.9375rem;width:fit-content}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.875rem;line-height:1.4;margin:.6rem 0;font-variant-numeric:tabular-nums;width:100%}
caption{text-align:left;color:var(--muted);padding-bottom:.35rem}
th,td{padding:.3rem .75rem .3rem 0;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
th:first-child,td:first-child{text-align:left}
thead th{border-bottom:1.5px solid var(--muted);font-weight:600;vertical-align:bottom}
tbody th{font-weight:400}
tr>:last-child{padding-right:0}
pre{font:.8438rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.75rem .9rem;overflow-x:auto;margin:.6rem 0}
pre.copy{user-select:all;-webkit-user-select:all}
.warnings{border-left:5px solid var(--warn);background:var(--soft);padding:.35rem 1.1rem;border-radius:0 6px 6px 0;margin:1rem 0}
.gain{font-family:${SANS};font-size:.875rem;color:var(--muted);white-space:nowrap}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:.6rem 0}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
@media (max-width:560px){
body{font-size:1rem}
main,header.page,footer.page{padding-left:1rem;padding-right:1rem}
header.page{padding-top:1.5rem}
h1{font-size:1.5rem}
figure .wide{display:none}
figure .narrow{display:block}
dl.facts{grid-template-columns:1fr;gap:0}
dl.facts dd{margin-bottom:.5rem}
.tiles{grid-template-columns:1fr 1fr}
}
@media print{
@page{margin:18mm 16mm}
html{font-size:80%}
body{font-size:10.5pt}
main,header.page,footer.page{max-width:none;padding-left:0;padding-right:0}
header.page{padding-top:0}
nav{display:none}
figure .wide{display:block}
figure .narrow{display:none}
figure,.verdict,.tiles,table,pre,.warnings{break-inside:avoid}
h2,h3{break-after:avoid}
details:not([open]){display:none}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
a{color:inherit}
.verdict,.tiles,.warnings{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
${FIGURE_CSS}
`;
