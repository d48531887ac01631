/**
 * What every page of the package says of itself before its body.
 * @module
 */
import { type Html, html, raw } from "./html.js";
import { REPORT_CSS } from "./style.js";

/** The page may load nothing at all: styles and images are in it. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** From the document's type to the end of its head; `css` comes after that of reports. */
export function pageHead(title: string, version: string, css = ""): Html {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="foretrain ${version}">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<title>${title}</title>
<style>${raw(REPORT_CSS + css)}</style>
</head>`;
}
