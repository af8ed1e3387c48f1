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

/** Reads the chart library and the code of the page. */
export function readAssets(): Assets {
  const require = createRequire(import.meta.url);
  const packaged = (file: string) => readFileSync(require.resolve(`uplot/${file}`), "utf8");
  const scripts = [packaged("dist/uPlot.iife.min.js"), pageScript()];
  for (const script of scripts) {
    if (/<\/script|<!--/i.test(script)) throw new Error("a script of the page would end its element");
  }
  return {
    style: `\n${packaged("dist/uPlot.min.css").trim()}\n${PAGE_STYLE}`,
    scripts,
    licences: `uPlot, which draws the charts:\n\n${packaged("LICENSE").trim().replace(/--+/g, "-")}`,
  };
}

/** The code of the page, which `npm run build` compiles from `page/`. */
function pageScript(): string {
  try {
    return readFileSync(new URL("../../../dist/bundle/page/report.js", import.meta.url), "utf8");
  } catch {
    throw new RunError('report: the code of the page is missing: run "npm run build"');
  }
}
