import { sha256 } from "../../../common/files/hash.ts";
import { type Assets, embeddable, readAssets } from "../assets.ts";
import { Html, html } from "./html.ts";

/** A page and the data of its charts. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** The data of the charts. */
  readonly data: unknown;
  /** Code of a worker, which the page starts; absent: none. */
  readonly worker?: string;
  /** Whether it has pictures, as `data:` addresses. */
  readonly hasPictures?: true;
}

/**
 * A page as one self-contained HTML document: it needs no network, and its content security policy permits none. Only
 * the page's own scripts can run, even if a name in the data looks like a script.
 */
export function documentOf(
  { title, body, data, worker, hasPictures }: Page,
  assets: Assets = readAssets("report"),
): string {
  const { style, scripts, licences } = assets;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(" ")}`,
    `style-src ${hashOf(style)}`,
    ...(worker === undefined ? [] : ["worker-src blob:"]),
    ...(hasPictures === true ? ["img-src data:"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<!--
${new Html(licences)}
-->
<style>${new Html(style)}</style>
</head>
<body>
${body}
${scriptElement(jsonForHtml(data), ' type="application/json" id="data"')}
${worker === undefined ? null : scriptElement(embeddable(worker), ' type="text/plain" id="worker"')}${scripts.map((script) => scriptElement(script))}</body>
</html>
`;
  return text;
}

// Not a template: bundlers rewrite tagged templates that contain the end of a script element.
const scriptElement = (code: string, attributes = ""): Html => new Html(`<script${attributes}>${code}</script>\n`);

/** JSON for a script element: it can't end the element or begin a comment. */
const jsonForHtml = (data: unknown): string => JSON.stringify(data).replace(/</g, "\\u003c");

const hashOf = (text: string): string => `'sha256-${sha256(text, "base64")}'`;
