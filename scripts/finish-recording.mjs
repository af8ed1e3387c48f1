/**
 * Makes a bundled trace from an imported recording: `node scripts/finish-recording.mjs IN.jsonl OUT.jsonl STORY.json`.
 *
 * The story contains `name`, `description`, `note`, the `target` of the assumed host, and `lead`: the seconds for which
 * the first sample is held before the recording begins, in which the balloon inflates. Of the measured series only the
 * main ones are kept, so that the package is small; the demand is computed from all of them by the import.
 */
import { readFileSync, writeFileSync } from "node:fs";

const KEPT = new Set(["free", "available", "buffers", "cached", "anon", "dirty", "pgScan", "majorFaults", "psiSome"]);

const [input, output, storyFile] = process.argv.slice(2);
if (input === undefined || output === undefined || storyFile === undefined) {
  console.error("usage: node scripts/finish-recording.mjs IN.jsonl OUT.jsonl STORY.json");
  process.exit(2);
}
const story = JSON.parse(readFileSync(storyFile, "utf8"));
const [header, ...rows] = readFileSync(input, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

const shifted = (t) => Math.round((t + story.lead) * 1e6) / 1e6;
const isKept = ({ quantity }) => KEPT.has(quantity);
const { $schema: _, name: _name, description: _description, duration, origin, host: _host, measured, ...rest } = header;
const epoch = new Date(Date.parse(origin.epoch) - story.lead * 1000).toISOString();
const head = {
  $schema: "../../docs/trace.schema.json",
  format: rest.format,
  version: rest.version,
  name: story.name,
  description: story.description,
  duration: shifted(duration),
  origin: {
    ...origin,
    kind: "measured",
    note: `${story.note} The first sample is held for ${story.lead} s before the recording begins. ${origin.note}`,
    licence: "GPL-2.0-only; recorded for balloon-sim",
    epoch,
  },
  ...rest,
  host: { target: story.target },
  measured: measured.filter(isKept),
};
const shiftedEvent = ({ until, ...event }) => ({ ...(until === undefined ? {} : { until: shifted(until) }), ...event });
const lines = rows.map(({ t, measured: values, event, ...row }) => ({
  t: shifted(t),
  ...(event === undefined ? {} : { event: shiftedEvent(event) }),
  ...row,
  ...(values === undefined
    ? {}
    : { measured: Object.fromEntries(Object.entries(values).filter(([quantity]) => KEPT.has(quantity))) }),
}));
// Without this a line would lead from the held sample to the second one: the first sample is at both ends of the wait.
const [first] = lines;
const { measured: _measured, ...held } = first;
lines.unshift({ ...held, t: 0 });
writeFileSync(output, `${[head, ...lines].map((line) => JSON.stringify(line)).join("\n")}\n`);
