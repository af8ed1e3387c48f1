/** The explorer: a page in which a run follows the hand. */

import { LOG_FORMATS } from "../import/formats/logs.ts";
import { embeddable, pageScript, readAssets } from "../report/assets.ts";
import { documentOf } from "../report/html/document.ts";
import { html } from "../report/html/html.ts";
import { CHART_HELP, ZOOM_CONTROLS } from "../report/html/runs-sections.ts";
import { exploreData, type PresetTrace, type RatesPreset } from "./model.ts";
import { type OpenText, openButton, pageBegin, pageEnd, resultsSection } from "./page-parts.ts";
import { EXPLORE_STYLE } from "./style.ts";

const OPEN: OpenText = {
  text: "Open trace or log…",
  what: `A trace of your own, or a log, of which it makes traces: ${LOG_FORMATS.map(({ title }) => title).join(", ")}.`,
  label: "Traces and logs",
  accept: "",
};

/**
 * The explorer as one self-contained HTML document: it needs no network, and its content security policy permits none. The same
 * traces give the same bytes.
 * @param traces at least one
 * @param presets values of parameters that it offers
 * @param version of the program
 */
export function explorePage(traces: readonly PresetTrace[], presets: readonly RatesPreset[], version: string): string {
  const body = html`<a class="skip" href="#main-chart">To the curves</a>
<div class="sheet explore">
${pageBegin({
  title: "Explore a balloon's policy",
  top: html`<label>Trace <select id="trace"></select></label>
${openButton(OPEN)}
<label>Driver <select id="driver"></select></label>`,
  unpin: "Compare with the trace as it is and the driver's own values",
  plain: "The trace as it is, with the driver's own values",
})}<ul class="notes" id="notes" hidden></ul>
<div class="bench">
<div id="settings" tabindex="-1">
<section aria-labelledby="constants-title"><h2 id="constants-title">Driver <label class="soft"><input type="checkbox" id="meanings"> meanings</label></h2>
<p id="presets" hidden><label>Values of <select id="preset"></select></label></p>
<p class="small" id="driver-about"></p>
<p class="small" id="driver-caveat" hidden></p>
<div id="constants"></div></section>
<section aria-labelledby="target-title"><h2 id="target-title">Target</h2>
<p class="small" id="target-about"></p>
<div class="controls">
<button type="button" id="target-draw" aria-pressed="false" title="A click or a tap on the chart adds a point">Draw</button>
<button type="button" id="target-add" title="A point at the cursor">Add</button>
<button type="button" id="target-anew" hidden>Draw anew</button>
<label>as <select id="target-hold"><option value="step">steps</option><option value="linear">lines</option></select></label>
<button type="button" id="target-reset" class="reset" title="Back to the trace's target" aria-label="Target: back to the trace's" hidden>↺</button>
</div>
<ol id="target-points" class="points"></ol>
<p class="hidden" id="target-keys">Arrow keys move the point, with Shift by ten steps; Delete removes it, Insert adds one after it.</p></section>
<section aria-labelledby="guest-title"><h2 id="guest-title">Guest</h2><div id="guest"></div></section>
<section aria-labelledby="workloads-title"><h2 id="workloads-title">Workloads</h2><div id="workloads"></div></section>
</div>
<div id="curves">
<div id="main-chart" tabindex="-1"></div>
<div class="other-charts">
<div class="controls screen" role="group" aria-label="Zoom">
${ZOOM_CONTROLS}</div>
<div id="charts"></div>
<section id="why" aria-labelledby="why-title">
<h2 id="why-title">Why it stalls</h2>
<p class="small" id="why-about">The causes follow when the hand rests.</p>
<ol id="why-list"></ol>
<div id="why-text" class="told"></div>
</section>
</div>
</div>
<div class="numbers">
${resultsSection()}<section aria-labelledby="cursor-title">
<h2 id="cursor-title"><span>At <span id="cursor-time"></span></span> <span class="screen"><button type="button" id="row-back" aria-label="Previous row">◀</button> <button type="button" id="row-on" aria-label="Next row">▶</button></span></h2>
<div class="cursor-tables">
<table><caption class="hidden">The run's columns at the cursor</caption><tbody id="cursor-first"></tbody></table>
<details><summary>More columns</summary><table><caption class="hidden">Further columns at the cursor</caption><tbody id="cursor-more"></tbody></table></details>
</div>
<details id="walk" class="screen"><summary>Events, one by one</summary>
<div class="controls">
<button type="button" data-command="C" title="C">Cycle back</button>
<button type="button" data-command="b" title="b">Back</button>
<button type="button" data-command="n" title="n">Next</button>
<button type="button" data-command="c" title="c">Next cycle</button>
</div>
<pre id="walk-lines" tabindex="0" role="log" aria-label="Events"></pre></details>
</section>
<section aria-labelledby="take-title">
<h2 id="take-title" class="screen">Take away</h2>
<p class="paper small" id="settings-text"></p>
<div class="controls">
<button type="button" id="save-rates">rates.json</button>
<button type="button" id="save-trace">Trace</button>
<button type="button" id="save-rows">Rows, CSV</button>
<button type="button" id="save-picture">Picture, SVG</button>
<button type="button" id="copy-link">Copy link</button>
</div>
<p class="small">This command prints the same rows<span id="command-note" hidden>, of the trace as saved by the button Trace</span>:</p>
<pre tabindex="0" aria-label="Command"><code id="command"></code></pre>
</section>
</div>
</div>
${CHART_HELP}
${pageEnd(version)}`;
  const assets = readAssets("explore", EXPLORE_STYLE);
  const worker = embeddable(pageScript("explore-worker"));
  return documentOf(
    { title: "Explore – balloon-sim", body, data: exploreData(traces, presets, version), worker },
    assets,
  );
}
