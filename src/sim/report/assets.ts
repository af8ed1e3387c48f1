import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { RunError } from "../../common/errors.ts";
import { PAGE_STYLE } from "./html/style.ts";

/** The files that are embedded in a page. */
export interface Assets {
  readonly style: string;
  readonly scripts: readonly string[];
  readonly licences: string;
}

/** Reads the chart library and the code of a page. @param style of this page, after that of all pages */
export function readAssets(page: "report" | "explore" | "explore-hosts", style = ""): Assets {
  const require = createRequire(import.meta.url);
  const packaged = (file: string) => readFileSync(require.resolve(`uplot/${file}`), "utf8");
  return {
    style: `\n${packaged("dist/uPlot.min.css").trim()}\n${PAGE_STYLE}${style}`,
    scripts: [packaged("dist/uPlot.iife.min.js"), pageScript(page)].map(embeddable),
    licences: `uPlot, which draws the charts:\n\n${packaged("LICENSE").trim().replace(/--+/g, "-")}`,
  };
}

/** The code, which must not end its element. */
export function embeddable(script: string): string {
  if (/<\/script|<!--/i.test(script)) throw new Error("a script of the page would end its element");
  return script;
}

/** Code of a page, which `npm run build` compiles and bundles: `report`, `explore`, …. */
export function pageScript(name: string): string {
  try {
    return readFileSync(new URL(`../../../dist/bundle/page/${name}.js`, import.meta.url), "utf8");
  } catch {
    throw new RunError(`${name}: the code of the page is missing: run "npm run build"`);
  }
}
