/** What the explorer's pages, of traces and of hosts, have in common. */
import { type Html, html } from "../report/html/html.ts";

/** What the button that opens files of the reader says. */
export interface OpenText {
  /** On the button. */
  readonly text: string;
  /** What the files are, with a full stop. */
  readonly what: string;
  /** For screen readers. */
  readonly label: string;
  /** Endings of their names; empty: any. */
  readonly accept: string;
}

/** The button that opens files of the reader. */
export const openButton = ({ text, what, label, accept }: OpenText): Html =>
  html`<button type="button" id="open" title="${what} It may be dropped on the page, too">${text}</button><input type="file" id="open-file" multiple hidden accept="${accept}" aria-label="${label}">`;

/** The beginning of a page, up to what it shows. @param parts `top`: the controls of the bar; `plain`: what "as it is" means */
export const pageBegin = (parts: {
  readonly title: string;
  readonly top: Html;
  readonly unpin: string;
  readonly plain: string;
}): Html => html`<header><div>
<h1>${parts.title}</h1>
</div><button type="button" id="theme" class="screen" hidden>Dark theme</button></header>
<noscript><p class="notes">The simulator is a script in this file, and needs scripts to run.</p></noscript>
<main id="main">
<div class="bar-of-page screen">
${parts.top}
<span class="group" role="group" aria-label="Comparison">
<button type="button" id="pin" title="Compare everything with what is shown now">Pin</button>
<button type="button" id="to-pinned" title="Show the settings of the pinned run">To pinned</button>
<button type="button" id="unpin" title="${parts.unpin}">Unpin</button>
<button type="button" id="reset" title="${parts.plain}">Reset</button>
</span>
<span class="end"><span id="status" role="status"></span></span>
<progress id="progress" class="idle" value="1" max="1" aria-label="Progress of the run"></progress>
</div>
<p class="notes refused" id="refused" role="status"></p>
<p class="about" id="about"></p>
`;

/** The table of the objectives, pinned and shown. */
export const resultsSection = (): Html => html`<section aria-labelledby="results-title">
<h2 id="results-title">Results</h2>
<table><caption id="results-about"></caption>
<thead><tr><th scope="col">Objective</th><th scope="col" class="n">Pinned</th><th scope="col" class="n">Shown</th><th scope="col" class="n">Change</th></tr></thead>
<tbody id="results"></tbody></table>
</section>
`;

/** The end of a page. @param version of the program */
export const pageEnd = (version: string): Html => html`</main>
<footer>balloon-sim ${version}. This page is one file with the simulator in it, and needs no network.</footer>
</div>
`;
