/** The style sheet of the explorer, after that of all pages. */
export const EXPLORE_STYLE = `
.explore{max-width:1720px;padding:14px 22px 48px}
.explore header{align-items:center;flex-wrap:nowrap;padding-bottom:10px}
.explore h1{font-size:19px}
.explore header p{font-size:13px}
.bar-of-page{position:sticky;top:0;z-index:6;display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center;background:var(--ground);border-bottom:1px solid var(--grid);padding:8px 0;font-size:13px}
.bar-of-page label{display:inline-flex;gap:6px;align-items:center;color:var(--soft);min-width:0;max-width:100%}
.bar-of-page select{min-width:0;max-width:26em}
.bar-of-page .group{display:inline-flex;gap:6px;align-items:center}
.bar-of-page .end{margin-left:auto;display:inline-flex;gap:10px;align-items:center;min-width:13em;justify-content:flex-end}
#status{color:var(--soft);font-variant-numeric:tabular-nums}
#status.error{color:var(--bad)}
#refused{color:var(--bad);overflow-wrap:anywhere}
#refused:empty{margin:0;padding:0;border:0}
#progress{position:absolute;left:0;right:0;bottom:-2px;width:100%;height:3px;border:0;background:none;appearance:none;transition:opacity .2s}
#progress::-webkit-progress-bar{background:none}
#progress::-webkit-progress-value{background:var(--blue)}
#progress::-moz-progress-bar{background:var(--blue)}
#progress.idle{opacity:0}
.about{font-size:13px;margin:8px 0 0;color:var(--soft);max-width:140ch}
.bench{display:grid;grid-template-columns:310px minmax(0,1fr) 384px;gap:0 28px;align-items:start;margin-top:10px}
.bench section{margin-top:16px}
.bench section:first-child{margin-top:4px}
.bench h2{font-size:14px;margin:0 0 6px;display:flex;align-items:baseline;gap:10px;justify-content:space-between}
.bench h2 .soft{font-weight:400;font-size:12px}
.bench .lead,.bench .small{font-size:12px;line-height:1.45;color:var(--soft);margin:0 0 6px}
.bench figure{margin:10px 0 0}
.bench figure:first-child{margin-top:0}
.bench figcaption h3{font-size:13px}
.bench figcaption p,.bench details{font-size:12px}
.bench .legend{font-size:12px;margin:0 0 2px;gap:0 2px}
.bench .legend .value{min-width:8ch}
.stale .plot{opacity:.45}
#settings{position:sticky;top:52px;max-height:calc(100vh - 60px);overflow-y:auto;overscroll-behavior:contain;padding:0 10px 12px 2px;margin-left:-2px;scrollbar-width:thin}
.field{display:grid;grid-template-columns:minmax(0,1fr) 20px 72px 72px;gap:0 5px;align-items:center;padding:3px 0 4px;font-size:13px;line-height:1.35}
.field label{grid-column:1;overflow-wrap:anywhere}
.field .reset{grid-column:2;grid-row:1}
.field input[type=number]{grid-column:3}
.field .unit{grid-column:4}
.field.changed label{font-weight:650;color:var(--blue)}
.field .unit{color:var(--soft);font-size:12px}
.field input[type=number]{font:inherit;font-variant-numeric:tabular-nums;text-align:right;color:var(--ink);background:var(--ground);border:1px solid var(--grid);border-radius:5px;padding:2px 5px;width:100%;appearance:textfield}
.field input[type=number]:hover{border-color:var(--zero)}
.field input[aria-invalid=true]{border-color:var(--vermilion);outline-color:var(--vermilion)}
.field input::-webkit-inner-spin-button{display:none}
.field select{grid-column:3/-1}
#preset{max-width:100%}
.field .meaning{grid-column:1/-1;font-size:12px;line-height:1.4;color:var(--soft);margin:1px 0 4px;display:none}
.with-meanings .field .meaning{display:block}
.reset{padding:0 2px;font-size:14px;line-height:1}
.reset:hover:not(:disabled){color:var(--ink)}
.field input[type=range]{grid-column:1/-1;width:100%;height:18px;margin:0;appearance:none;background:none;cursor:pointer;touch-action:pan-y}
.field input[type=range]::-webkit-slider-runnable-track{height:4px;border-radius:2px;background:linear-gradient(90deg,var(--zero) var(--done,0%),var(--grid) var(--done,0%))}
.field input[type=range]::-moz-range-track{height:4px;border-radius:2px;background:linear-gradient(90deg,var(--zero) var(--done,0%),var(--grid) var(--done,0%))}
.field.changed input[type=range]::-webkit-slider-runnable-track{background:linear-gradient(90deg,var(--blue) var(--done,0%),var(--grid) var(--done,0%))}
.field.changed input[type=range]::-moz-range-track{background:linear-gradient(90deg,var(--blue) var(--done,0%),var(--grid) var(--done,0%))}
.field input[type=range]::-webkit-slider-thumb{appearance:none;width:14px;height:14px;margin-top:-5px;border-radius:50%;background:var(--ground);border:2px solid var(--soft)}
.field input[type=range]::-moz-range-thumb{width:10px;height:10px;border-radius:50%;background:var(--ground);border:2px solid var(--soft)}
.field.changed input[type=range]::-webkit-slider-thumb{border-color:var(--blue)}
.field.changed input[type=range]::-moz-range-thumb{border-color:var(--blue)}
.numbers table{width:100%;font-size:12.5px}
.numbers th,.numbers td{padding:2px 0 2px 8px;white-space:nowrap}
.numbers th:first-child{padding-left:0}
.numbers tbody th{font-weight:400}
.numbers td small{display:block;font-size:10.5px;line-height:1.2;color:var(--soft)}
.numbers tr.same>*{color:var(--soft)}
.numbers caption{font-size:12px}
.cursor-tables{display:grid;gap:0 20px}
.cursor-tables td{min-width:9ch}
.handles{position:absolute;inset:0;pointer-events:none;z-index:101}
.handle{position:absolute;width:24px;height:24px;margin:-12px 0 0 -12px;padding:0;border:0;border-radius:50%;background:none;pointer-events:auto;touch-action:none;cursor:grab}
.handle::before{content:"";position:absolute;inset:7px;border-radius:50%;background:var(--ground);border:2px solid var(--ink)}
.handle:hover:not(:disabled){background:none}
.handle:hover::before,.handle:focus-visible::before{inset:5px}
.handle:active{cursor:grabbing}
.drawing{cursor:crosshair;background:var(--select)}
#main-chart .u-over{overflow:visible}
.bench .controls{gap:6px 8px;margin:0 0 6px}
.bench .controls button,.bench .controls select{font-size:12px;padding:2px 8px}
button[aria-pressed=true]:not(.legend button){background:var(--select);border-color:var(--blue)}
.points{list-style:none;margin:0;padding:0;display:grid;gap:3px;font-size:13px}
.points li{display:grid;grid-template-columns:1fr 1fr 24px;gap:5px}
.points input{font:inherit;font-variant-numeric:tabular-nums;text-align:right;color:var(--ink);background:var(--ground);border:1px solid var(--grid);border-radius:5px;padding:1px 6px;min-width:0;width:100%}
.points input:disabled{color:var(--soft)}
.points input[aria-invalid=true]{border-color:var(--vermilion)}
.wrong{grid-column:1/-1;font-size:12px;line-height:1.4;color:var(--bad);margin:1px 0 4px}
.wrong:empty{display:none}
.reset{border:0!important;background:none;color:var(--soft)}
#walk pre{font-size:11.5px;line-height:1.5;max-height:240px;overflow:auto;white-space:pre;padding:8px 10px}
#walk pre:empty{display:none}
#why{margin-top:18px}
#why.old{opacity:.45}
#why-list{margin:0 0 6px;padding:0 0 0 18px;font-size:13px;display:grid;gap:2px}
#why-list button{font-size:13px;text-align:left;border:0;background:none;padding:1px 6px;color:var(--blue)}
#why-list button[aria-pressed=true]{background:var(--select)}
.told{font-size:13px;line-height:1.5}
.told p{max-width:100ch}
.told p{margin:0 0 4px}
.dropping::after{content:"Drop files here";position:fixed;inset:12px;z-index:20;display:grid;place-items:center;font-size:20px;background:color-mix(in srgb,var(--ground) 85%,transparent);border:2px dashed var(--blue);border-radius:12px;pointer-events:none}
@media (max-width:1360px){
.bench{grid-template-columns:300px minmax(0,1fr)}
.numbers{grid-column:2;display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 28px}
#settings{grid-row:1/span 2}
}
@media (max-width:820px){
.explore{padding:10px 14px 40px}
.bar-of-page{position:static}
.bar-of-page label,.bar-of-page .group{flex:1 1 40%}
.bar-of-page select{width:100%;min-width:0}
.bar-of-page .end{margin-left:0;justify-content:flex-start;flex:1 1 100%;position:static}
.bench{display:flex;flex-direction:column;align-items:stretch}
#curves{display:contents}
#main-chart{order:1;position:sticky;top:0;z-index:6;background:var(--ground);padding:4px 0;border-bottom:1px solid var(--grid)}
#main-chart figcaption p,#main-chart details,#main-chart .legend .value{display:none}
#settings{order:2;position:static;max-height:none;overflow:visible;padding:0;margin:0}
.other-charts{order:3}
.numbers{order:4;display:block}
.numbers table{font-size:12px}
.numbers th,.numbers td{padding-left:4px}
.field{padding:5px 0}
.field input[type=range]{height:30px}
.field input[type=number]{font-size:16px}
.field .reset{padding:6px 10px}
.handle{width:40px;height:40px;margin:-20px 0 0 -20px}
.handle::before{inset:14px}
.handle:hover::before,.handle:focus-visible::before{inset:12px}
.points input{font-size:16px}
}
@media (max-width:360px){
.numbers td small{white-space:normal}
}
.paper{display:none}
@media print{
.bar-of-page,#settings,.numbers .screen{display:none!important}
.paper{display:block}
.bench,.numbers{display:block}
#curves{display:block}
}
@media (prefers-reduced-motion:reduce){
#progress{transition:none}
}
`;
