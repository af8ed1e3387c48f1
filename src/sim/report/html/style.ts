import { type ColourName, PALETTE } from "../../output/palette.ts";

const variables = (ground: "light" | "dark"): string =>
  Object.entries(PALETTE)
    .map(([name, { [ground]: colour }]) => `--${name satisfies string as ColourName}:${colour};`)
    .join("");

// Printed pages are white, also if the screen is in dark mode. Curves may be paler than texts, which need a contrast of 4.5.
const THEMES = `
:root{color-scheme:light;${variables("light")}--raised:#f6f8fa;--select:rgba(0,114,178,.12);--bad:#ad4c00}
@media (prefers-color-scheme:dark){
:root:not([data-theme=light]){color-scheme:dark;${variables("dark")}--raised:#161b22;--select:rgba(86,180,233,.18);--bad:var(--vermilion)}
}
:root[data-theme=dark]{color-scheme:dark;${variables("dark")}--raised:#161b22;--select:rgba(86,180,233,.18);--bad:var(--vermilion)}
:root[data-print]{color-scheme:light;${variables("light")}--raised:#f6f8fa;--select:rgba(0,114,178,.12);--bad:#ad4c00}
`;

/** The style sheet of a page, for light and dark ground and for paper. */
export const PAGE_STYLE = `${THEMES}
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.sheet{max-width:1180px;margin:0 auto;padding:28px 28px 64px}
h1{font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin:0;overflow-wrap:anywhere}
h2{font-size:19px;line-height:1.3;font-weight:650;margin:0 0 4px}
h3{font-size:15px;line-height:1.4;font-weight:650;margin:0}
p{margin:0;max-width:80ch;text-wrap:pretty}
section{margin-top:44px}
.soft,.lead,caption,figcaption p{color:var(--soft)}
.lead{margin:4px 0 0}
section>.lead{margin:0 0 14px}
code,pre{font:13px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
a{color:var(--blue)}
:focus-visible{outline:2px solid var(--blue);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:12px;top:12px;background:var(--ground);padding:6px 10px;z-index:9}
.hidden{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

header{display:flex;gap:16px;align-items:flex-start;justify-content:space-between;border-bottom:1px solid var(--grid);padding-bottom:18px}
nav{margin-top:12px;display:flex;flex-wrap:wrap;gap:2px 16px;font-size:14px}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
footer{margin-top:56px;padding-top:14px;border-top:1px solid var(--grid);color:var(--soft);font-size:13px}

button,select{font:inherit;font-size:13px;line-height:1.4;color:var(--ink);background:var(--ground);border:1px solid var(--zero);border-radius:6px;padding:3px 10px;cursor:pointer}
button:hover:not(:disabled),select:hover{background:var(--raised)}
button:disabled{opacity:.45;cursor:default}
select{padding:3px 6px;max-width:100%}
.controls{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin:0 0 10px;font-size:13px}
.controls label{display:inline-flex;gap:6px;align-items:center;color:var(--soft)}
.sticky{position:sticky;top:0;z-index:5;background:var(--ground);padding:8px 0;margin:0;border-bottom:1px solid var(--grid)}

figure{margin:22px 0 0;min-width:0}
figcaption{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin-bottom:4px}
figcaption p{font-size:13px}
.plot{position:relative;min-height:120px;border-radius:4px}
.legend{display:flex;flex-wrap:wrap;gap:4px 6px;list-style:none;margin:4px 0 6px;padding:0;font-size:13px}
.legend button,.legend span.entry{display:inline-flex;align-items:center;gap:7px;border:1px solid transparent;padding:2px 8px 2px 4px;background:none}
.legend button:hover{border-color:var(--grid)}
.legend button[aria-pressed=false]{opacity:.45;text-decoration:line-through}
.legend svg{flex:none}
.legend .value{color:var(--soft);font-variant-numeric:tabular-nums;min-width:7ch}
.key line{fill:none;stroke-width:2.2}
${Object.keys(PALETTE)
  .map(
    (name) =>
      `.key .${name}{stroke:var(--${name})}.mark .${name}{fill:var(--${name})}.bar .${name}{fill:var(--${name})}`,
  )
  .join("\n")}

details{margin-top:6px;font-size:13px}
summary{cursor:pointer;color:var(--soft);width:fit-content;padding:2px 4px}
summary:hover{color:var(--ink)}
.troubles{list-style:none;padding:0;margin:0}
.troubles>li{border-bottom:1px solid var(--grid);padding:2px 0 6px}
.trouble>summary{color:var(--ink);font-size:14px}
.trouble>ul{margin:6px 0 8px;padding-left:24px;max-width:90ch}
.trouble>ul li{margin:3px 0}
.trouble-now{color:var(--soft);flex-basis:100%;min-height:1.4em;overflow-wrap:anywhere}
.plain{list-style:none;margin:10px 0 0;padding:0;font-size:13px}
.share{display:inline-flex;align-items:center;gap:8px}
.bar .rail{fill:var(--grid)}
.mark .cross{fill:none;stroke:var(--zero);stroke-width:1.3}
.picture{display:block;width:100%;height:auto}
.vms{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:4px 22px}
.parallel{overflow-x:auto;min-height:380px}
.parallel canvas{display:block;touch-action:pan-x}
input[type=range]{accent-color:var(--blue);width:150px}
.more>summary{font-size:15px;font-weight:600;color:var(--ink)}
.scroll{overflow-x:auto;max-width:100%;background:linear-gradient(90deg,var(--ground) 40%,transparent) 0 0/48px 100% no-repeat local,linear-gradient(270deg,var(--ground) 40%,transparent) 100% 0/48px 100% no-repeat local,linear-gradient(90deg,var(--zero),transparent) 0 0/12px 100% no-repeat scroll,linear-gradient(270deg,var(--zero),transparent) 100% 0/12px 100% no-repeat scroll}
section>.scroll{margin-top:16px}
table{border-collapse:collapse;font-size:13px;line-height:1.45;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:4px 0 6px;max-width:min(80ch,100vw - 28px)}
th,td{padding:4px 14px 4px 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--grid);white-space:nowrap}
th{font-weight:600}
thead th{color:var(--soft);vertical-align:bottom}
td.n,th.n{text-align:right}
thead th.n{white-space:normal}
td.wrap{white-space:normal;min-width:40ch}
tbody tr:last-child>*{border-bottom-color:transparent}
tr[aria-selected=true]>*{background:var(--select)}
tbody tr[tabindex]{cursor:pointer}
tbody tr[tabindex]:hover>*{background:var(--raised)}
th button{border:0;padding:0;background:none;font-weight:600;color:inherit}
.win::before{content:"✓\\2009";content:"✓\\2009" / "better "}
.loss::before{content:"✗\\2009";content:"✗\\2009" / "worse "}
.win{color:var(--blue)}
.loss{color:var(--bad)}
.pager{display:flex;gap:8px;align-items:center;margin:6px 0;font-size:13px;color:var(--soft)}

.spark{display:block}
.spark path,.strip path{fill:var(--vermilion)}
.strip{display:block;width:100%;height:40px;background:var(--raised)}
.fleet-guest{background:var(--raised);border-radius:8px;padding:14px 16px;margin-top:14px;font-size:13px}
.fleet-guest dl{margin:8px 0 0}
.fleet-guest dt{color:var(--soft)}
.fleet-guest dd{margin:0 0 6px}
.fleet-guest pre{background:var(--ground)}
.heat{position:relative}
.heat canvas{display:block;width:100%;cursor:crosshair}
.heat .cell{position:absolute;left:0;top:0;border:2px solid var(--ink);pointer-events:none;z-index:3}
.scale{display:flex;gap:8px;align-items:center;font-size:13px;color:var(--soft);margin:0 0 6px}
.times{position:relative;height:20px;font-size:12px;color:var(--soft)}
.times span{position:absolute;transform:translateX(-50%)}
input[type=search]{font:inherit;font-size:13px;color:var(--ink);background:var(--ground);border:1px solid var(--zero);border-radius:6px;padding:3px 8px}

.facts{display:grid;grid-template-columns:fit-content(40%) 1fr;gap:2px 18px;margin:16px 0 0;font-size:14px}
.facts dt{color:var(--soft);overflow-wrap:anywhere}
.facts dd{margin:0;overflow-wrap:anywhere}
.notes{list-style:none;margin:14px 0 0;padding:10px 14px;background:var(--raised);border-left:3px solid var(--ochre);border-radius:0 6px 6px 0;font-size:14px}
.notes li+li{margin-top:4px}
pre{background:var(--raised);border-radius:6px;padding:12px 14px;overflow-x:auto;margin:8px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}

.split{display:grid;grid-template-columns:minmax(0,1fr) 310px;gap:28px;align-items:start}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:0 32px}
.charts figure:first-child{grid-column:1/-1}
#more-charts figure:first-child{grid-column:auto}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:6px 18px}
.grid figure{margin-top:12px}
.trial{position:sticky;top:12px;background:var(--raised);border-radius:8px;padding:14px 16px;font-size:13px}
.trial table{width:100%}
.trial th,.trial td{white-space:normal;padding:2px 0 2px 8px}
.trial th:first-child{padding-left:0;font-weight:400;overflow-wrap:anywhere}
.trial h4{font-size:12px;text-transform:none;color:var(--soft);font-weight:600;margin:10px 0 2px}
.trial pre{background:var(--ground);padding:8px 10px;margin-top:4px}
.trial code{font-size:12px}
.badges{margin:2px 0 0}
.badge{display:inline-block;border:1px solid var(--zero);border-radius:99px;padding:0 8px;font-size:12px;color:var(--soft);margin-right:6px}
.ring{position:absolute;left:0;top:0;width:14px;height:14px;margin:-7px 0 0 -7px;border:2px solid var(--ink);border-radius:50%;pointer-events:none;z-index:3}
.ring[hidden]{display:none}
.ring.hover{border-color:var(--soft);width:12px;height:12px;margin:-6px 0 0 -6px}
.tip{position:absolute;left:0;top:0;z-index:4;pointer-events:none;background:var(--ground);border:1px solid var(--zero);border-radius:6px;padding:4px 8px;font-size:12px;line-height:1.45;white-space:nowrap;font-variant-numeric:tabular-nums}
.tip[hidden]{display:none}
.u-select{background:var(--select)!important}
.u-hz .u-cursor-x,.u-vt .u-cursor-y,.u-hz .u-cursor-y,.u-vt .u-cursor-x{border-color:var(--zero)!important}

@media (max-width:820px){
.sheet{padding:18px 14px 48px}
.split{grid-template-columns:minmax(0,1fr)}
.trial{position:static}
h1{font-size:22px}
header{flex-wrap:wrap}
}
@media (prefers-reduced-motion:no-preference){
html{scroll-behavior:smooth}
}
@media (forced-colors:active){
.legend button[aria-pressed=true]{border-color:CanvasText}
}
@media print{
@page{margin:14mm}
body{font-size:10.5pt}
.sheet{max-width:none;padding:0}
section{margin-top:22pt}
.screen,.controls,.pager,nav,.skip,.ring,.tip,summary{display:none!important}
.plot .uplot,.plot .u-wrap{width:100%!important;height:auto!important}
.plot canvas{width:100%!important;height:auto!important}
.u-over,.u-under{display:none}
figure,tr,.trial,pre,.plot,.lead,.legend{break-inside:avoid}
.plot{min-height:0!important}
h2,h3,.lead,figcaption,.legend{break-after:avoid}
.split{display:block}
.trial{position:static;margin-top:10pt;max-width:110mm}
.scroll{overflow:visible;background:none}
th,td{white-space:normal}
td.wrap{min-width:0}
.n{white-space:nowrap}
}
`;
