/** The style sheet of the explorer of hosts, after that of the explorer. */
export const HOST_EXPLORE_STYLE = `
.verdict{font-size:14px;margin:4px 0 0;max-width:100ch}
#outcome{min-width:0}
.timed{position:relative;touch-action:pan-y}
.time-line{position:absolute;top:0;width:1px;background:var(--ink);opacity:.6;pointer-events:none}
#vms-at{font-size:12.5px}
#vms-at th,#vms-at td{padding:3px 12px 3px 0}
#vms-at td.n{min-width:9ch}
#outcome.old #vms,#outcome.old .verdict,#outcome.old .more{opacity:.45}
#vms{font-size:12.5px}
#vms th,#vms td{padding:3px 12px 3px 0}
#vms tr:has(+ .told)>*{border-bottom:0;padding-bottom:0}
#vms .told td{white-space:normal;color:var(--soft);padding-top:0}
#vms small{display:block;font-size:10.5px;line-height:1.2;color:var(--soft)}
.hosts #results th{white-space:normal}
.hosts #results small{white-space:normal}
.hosts .facts{font-size:12.5px}
.hosts .notes{font-size:12px}
.hosts #notes{margin:0}
@media (max-width:820px){
.hosts #outcome{order:1}
.hosts #settings{order:2}
.hosts .numbers{order:3}
}
`;
