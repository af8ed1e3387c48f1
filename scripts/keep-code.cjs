/**
 * Runs a trace and keeps beside the bundle the code that V8 has compiled for it: `node keep-code.cjs BUNDLE TRACE`. Used by
 * `bundle.js`; a process of its own, that starts as the command does.
 */
const { writeFileSync } = require("node:fs");
const { codeFile, loadRun, setFlags } = require("../bin/start.js");

const [bundle, trace] = process.argv.slice(2);
setFlags();
const { main, script } = loadRun(bundle);
main(["run", trace]).then(() => writeFileSync(codeFile(bundle), script.createCachedData(), { mode: 0o644 }));
