import { expect, test } from "vitest";
import { documentOf } from "../../../src/sim/report/html/document.ts";
import { html } from "../../../src/sim/report/html/html.ts";

test("a name in the data of a page neither ends its script nor begins a comment", () => {
  const name = "</script><script>alert(1)</script><!--";
  const page = documentOf({ title: "t", body: html`<p>b</p>`, data: { name } });
  const [, json = ""] = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(page) ?? [];
  expect(JSON.parse(json)).toEqual({ name });
  expect(page).not.toContain("alert(1)</script>");
  expect(json).not.toContain("<");
});
