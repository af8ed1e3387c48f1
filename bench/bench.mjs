/**
 * Measures ratios that hold on any machine, in one run: `npm run bench`; `-- --json` for programs; `-- --smoke` tests
 * in less than a minute that all measurements work; `-- --only engine,fleet` selects sections, also those
 * that take minutes (`hosts-25`). Uses the compiled package, as users run it. Exit status 1: a result is wrong or misses its
 * limit.
 */
const SECTIONS = [
  "engine",
  "runs",
  "start",
  "scaling",
  "fleet",
  "hosts",
  "samplers",
  "studies",
  "queue",
  "import",
  "record",
  "native",
  "daemon",
  "report",
  "fleet-page",
  "explore",
];
/** Sections that take minutes, and run only if `--only` names them. */
const LONG_SECTIONS = ["hosts-25"];
const ALL = [...SECTIONS, ...LONG_SECTIONS];

const json = process.argv.includes("--json");
const smoke = process.argv.includes("--smoke");
const only = process.argv.indexOf("--only");
const wanted = only === -1 ? SECTIONS : (process.argv[only + 1] ?? "").split(",");
const unknown = wanted.find((name) => !ALL.includes(name));
if (unknown !== undefined) {
  console.error(`bench: --only ${JSON.stringify(unknown)}: expected some of ${ALL.join(", ")}`);
  process.exit(2);
}

const result = { node: process.version, smoke };
if (!json) console.log(`Node ${result.node}`);
for (const name of wanted) {
  const { measure, lines, isGood } = await import(`./${name}.mjs`);
  const measured = await measure(smoke);
  result[name] = measured;
  const good = isGood(measured, smoke);
  if (!good) process.exitCode = 1;
  if (!json) console.log(`\n${lines(measured).join("\n")}${good ? "" : "\n  NOT WHAT IS PROMISED"}`);
}
if (json) console.log(JSON.stringify(result, null, 2));
