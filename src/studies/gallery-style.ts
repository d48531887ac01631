/**
 * What the report's style sheet lacks for pages of studies.
 * @module
 */
export const GALLERY_CSS = `
td.text,.checks th:nth-child(2),.overview th,.overview td{text-align:left}
.overview td.number,.overview th.number{text-align:right;white-space:nowrap}
.overview td,.overview th{vertical-align:middle}
.overview tbody tr{break-inside:avoid}
.overview .thumb{width:7.5rem;padding:.2rem .75rem .2rem 0}
.overview .thumb svg{display:block;width:100%;height:auto}
.overview .name{display:block;font-weight:600}
tr.bad td,tr.bad th{background:color-mix(in srgb,var(--bad) 12%,transparent)}
.verdict-agrees{color:var(--good);font-weight:600;white-space:nowrap}
.verdict-disagrees{color:var(--bad);font-weight:700;white-space:nowrap}
.verdict-not-decided{font-weight:600;white-space:nowrap}
tr.open td,tr.open th{background:var(--soft)}
.source,.made{color:var(--muted);font-size:.8125rem}
.made{display:block;margin-top:.2rem}
.made code,.overview code{font-size:.95em}
.checks th{font-weight:400}
.checks td.text{min-width:11rem}
.checks thead th{font-weight:600}
.trouble{border-left:5px solid var(--bad);background:var(--soft);padding:.35rem 1.1rem;border-radius:0 6px 6px 0;margin:1rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:560px){.overview .thumb{display:none}}
@media print{.overview a{text-decoration:none}table.checks,table.overview{break-inside:auto}}
`;
