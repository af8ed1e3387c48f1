/** The explorer of hosts: a page in which the run of a host follows its settings. */

import { embeddable, pageScript, readAssets } from "../../report/assets.ts";
import { vmLegend } from "../../report/host/charts.ts";
import { documentOf } from "../../report/html/document.ts";
import { html } from "../../report/html/html.ts";
import { type OpenText, openButton, pageBegin, pageEnd, resultsSection } from "../page-parts.ts";
import { EXPLORE_STYLE } from "../style.ts";
import { hostExploreData } from "./model.ts";
import type { EmbeddedHost } from "./protocol.ts";
import { HOST_EXPLORE_STYLE } from "./style.ts";

const OPEN: OpenText = {
  text: "Open…",
  what: "A host of your own, with all traces and files that it names.",
  label: "Hosts with their files",
  accept: ".json,.jsonl,.ndjson",
};

/**
 * The explorer of hosts as one self-contained HTML document, which needs no network. The same hosts give the same bytes.
 * @param hosts at least one
 * @param version of the program
 */
export function hostExplorePage(hosts: readonly EmbeddedHost[], version: string): string {
  const body = html`<a class="skip" href="#outcome">To the results</a>
<div class="sheet explore hosts">
${pageBegin({
  title: "Explore a host's policy",
  top: html`<label>Host <select id="host"></select></label>
${openButton(OPEN)}
<label>Policy <select id="policy"></select></label>`,
  unpin: "Compare with the host as in its file",
  plain: "The host as in its file",
})}<div class="bench">
<div id="settings" tabindex="-1">
<section aria-labelledby="policy-title"><h2 id="policy-title">Policy <label class="soft"><input type="checkbox" id="meanings"> meanings</label></h2>
<p class="small" id="policy-about"></p>
<div id="params"></div></section>
<section aria-labelledby="machine-title"><h2 id="machine-title">Host</h2><div id="machine"></div></section>
<section aria-labelledby="driver-title"><h2 id="driver-title">Balloons</h2>
<div id="driver-choice"></div>
<p class="small" id="driver-about"></p>
<div id="constants"></div></section>
</div>
<div id="outcome" tabindex="-1">
<p class="verdict" id="verdict" role="status"></p>
<div id="pictures">
<section aria-labelledby="memory-title"><h2 id="memory-title">Memory of the host</h2>
<p class="small">What each VM consumes of it; the dashed line is all memory, so what is empty below it is free. The strip shows the host's states, a cross kills of guests' OOM killers and VMs that the host ended.</p>
<div class="timed" id="memory-frame" role="application" aria-roledescription="chart" tabindex="0" aria-describedby="time-keys" aria-labelledby="memory-title"><div id="memory"></div></div></section>
<section aria-labelledby="reclaim-title"><h2 id="reclaim-title">Balloons and the host's swap</h2><div class="timed" id="reclaim-frame" role="application" aria-roledescription="chart" tabindex="0" aria-describedby="time-keys" aria-labelledby="reclaim-title"><div id="reclaim"></div></div></section>
</div>
<section aria-labelledby="cursor-title">
<h2 id="cursor-title"><span>At <span id="cursor-time"></span></span> <span class="screen"><button type="button" id="sample-back" aria-label="Previous sample">◀</button> <button type="button" id="sample-on" aria-label="Next sample">▶</button></span></h2>
<dl class="facts" id="host-moment"></dl>
<div class="scroll" tabindex="0" role="region" aria-label="VMs at the cursor"><table id="vms-at"><caption class="hidden">VMs at the cursor</caption>
<thead><tr id="vm-moments-head"></tr></thead>
<tbody id="vm-moments"></tbody></table></div></section>
<section aria-labelledby="vms-title"><h2 id="vms-title">VMs</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of VMs"><table id="vms"><caption id="vms-about"></caption>
<thead><tr id="vms-head"></tr></thead>
<tbody id="vms-rows"></tbody></table></div></section>
<details class="more"><summary>Targets and sizes of the VMs</summary>
<p class="small">Each up to its configured memory, over the whole run.</p>
${vmLegend()}<div class="vms" id="vm-pictures"></div></details>
</div>
<div class="numbers">
${resultsSection()}<section aria-labelledby="properties-title"><h2 id="properties-title">The shown run</h2><dl class="facts" id="properties"></dl></section>
<section aria-labelledby="take-title">
<h2 id="take-title" class="screen">Take away</h2>
<div class="controls">
<button type="button" id="save-file" title="With these settings; the paths of its traces stay as they are">Host file</button>
<button type="button" id="save-rows" title="host.csv of balloon-sim host -o">Rows, CSV</button>
<button type="button" id="copy-link">Copy link</button>
</div>
<p class="small">This command prints the same summary:</p>
<pre tabindex="0" aria-label="Command"><code id="command"></code></pre>
</section>
<section aria-labelledby="notes-title"><h2 id="notes-title">Notes</h2><ul class="notes" id="notes"></ul></section>
</div>
</div>
<p class="hidden" id="time-keys">Left and right arrow keys move the cursor from sample to sample, with Shift by ten; Home and End go to the ends. The table below has the figures.</p>
<p class="hidden" id="spoken" role="status"></p>
${pageEnd(version)}`;
  const assets = readAssets("explore-hosts", EXPLORE_STYLE + HOST_EXPLORE_STYLE);
  const worker = embeddable(pageScript("explore-hosts-worker"));
  return documentOf(
    { title: "Explore hosts – balloon-sim", body, data: hostExploreData(hosts, version), worker },
    assets,
  );
}
