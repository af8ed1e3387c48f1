/** The style sheet of the site, after that of all pages. */
export const SITE_STYLE = `
.site{max-width:1280px;padding-top:16px}
.site>header{align-items:center;padding-bottom:12px;flex-wrap:nowrap}
.site>header .name{font-size:18px;font-weight:650;color:var(--ink);text-decoration:none}
.site>header nav{margin:0;font-size:14px}
.site>header>div{display:flex;flex-wrap:wrap;gap:4px 24px;align-items:baseline}
.pages{display:grid;grid-template-columns:210px minmax(0,1fr);gap:0 44px;align-items:start}
.side{position:sticky;top:0;max-height:100vh;overflow-y:auto;padding:20px 8px 24px 0;font-size:13px;scrollbar-width:thin}
.side nav{display:block;margin:0;font-size:13px}
.side h2{font-size:12px;text-transform:capitalize;color:var(--soft);font-weight:600;margin:14px 0 3px}
.side ul{list-style:none;margin:0;padding:0}
.side li{padding:1.5px 0;line-height:1.4}
.side a{color:var(--ink);display:block}
.side li a::first-letter{text-transform:uppercase}
.side a[aria-current]{color:var(--blue);font-weight:650}
.side summary{display:none}
article{padding:22px 0 0;min-width:0;max-width:940px;font-size:15.5px;line-height:1.6}
article h1{margin-bottom:14px}
article h2{margin:38px 0 8px}
article h3{margin:26px 0 6px;font-size:16px}
article p,article ul,article ol{margin:0 0 12px;max-width:78ch}
article ul,article ol{padding-left:24px}
article li{margin:3px 0}
article pre{margin:0 0 14px;white-space:pre;overflow-x:auto;overflow-wrap:normal;font-size:12.5px}
article pre code{font-size:inherit}
article pre b{font-weight:650}
article :not(pre)>code{background:var(--raised);border-radius:4px;padding:1px 4px;font-size:.87em;overflow-wrap:anywhere}
article .scroll{margin:0 0 16px}
article table{font-size:13.5px}
article th,article td{white-space:normal;padding:5px 16px 5px 0;vertical-align:top}
article td.n{white-space:nowrap}
article td:first-child{min-width:9ch}
article img{max-width:100%;height:auto;background:#fff;border-radius:6px}
article blockquote{margin:0 0 12px;padding-left:14px;border-left:3px solid var(--grid);color:var(--soft)}
.anchor{opacity:0;text-decoration:none;font-weight:400;font-size:.8em}
:is(h2,h3,h4):hover>.anchor,.anchor:focus{opacity:1}
.try{display:inline-block;border:1px solid var(--blue);border-radius:8px;padding:7px 14px;margin:0 0 16px;text-decoration:none;font-weight:600}
.try:hover{background:var(--select)}
@media (max-width:820px){
.pages{display:block}
.side{position:static;max-height:none;padding:10px 0 0;border-bottom:1px solid var(--grid)}
.side summary{display:list-item;font-size:14px;padding:4px 0 10px}
article{font-size:15px}
}
@media print{
.side,.site>header nav{display:none}
.pages{display:block}
article pre{white-space:pre-wrap}
}
`;
