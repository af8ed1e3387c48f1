/**
 * Fuzzes every parser of files, guided by coverage: `node scripts/fuzz-readers.mjs [--for SECONDS] [--seed S]
 * [READER…]`. It begins with the project's fixtures, valid and invalid ones, and changes them at random; a text that
 * reaches new code is kept and changed further. A parser may accept a text or reject it with one line (`InputError`);
 * everything else, including an endless loop, is a failure: the text is saved, and the exit status is 1.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import alea from "seedrandom/lib/alea.js";
import { importInto } from "../bench/import.mjs";
import { InputError } from "../dist/common/errors.js";
import { parseRates } from "../dist/common/rates-file.js";
import { conform } from "../dist/sim/conform/conform.js";
import { readRun } from "../dist/sim/fidelity/read-run.js";
import { hostProblems } from "../dist/sim/hosts/scenario/read.js";
import { validateTrace } from "../dist/sim/trace/open.js";
import { readStudy } from "../dist/sim/tune/study/read-study.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at === -1 ? otherwise : args.splice(at, 2)[1];
};
const limitMs = Number(option("--for", "60")) * 1000;
const random = alea(option("--seed", "1"));
/** Maximum length of a text: errors of parsers do not need long texts, and short ones are fast. */
const MAX_BYTES = 20_000;
/** A text that takes this long has reached code that is not linear. */
const SLOW_MS = 5000;

const files = (directory, pattern = /./) =>
  readdirSync(join(root, directory), { recursive: true })
    .map((name) => join(root, directory, String(name)))
    .filter((path) => pattern.test(path) && statSync(path).isFile());
const directory = mkdtempSync(join(tmpdir(), "balloon-fuzz-"));
const output = join(directory, "output");

/** The journal of a study of a few trials. */
function smallStudy() {
  const journal = join(directory, "study");
  const tune = ["tune", "steady", "--set", "alloc-max=512..4096", "--minimize", "time_to_target", "--trials", "8"];
  spawnSync(process.execPath, [join(root, "bin/balloon-sim.js"), ...tune, "--study", journal], { stdio: "ignore" });
  return readFileSync(journal, "utf8");
}

const OPTIONS = { memory: "4GiB", tz: "UTC", target: "10%" };
const READERS = {
  import: {
    corpus: files("test/sim/import/fixtures", /\.(csv|txt|json|log|out|jsonl)$/),
    read: (path) => importInto(output, path, OPTIONS),
  },
  recording: {
    corpus: files("test/sim/record/recordings", /\.jsonl$/),
    read: (path) => importInto(output, path, OPTIONS),
  },
  trace: {
    corpus: files("traces", /\.jsonl?$/),
    read: (path) => {
      const problems = validateTrace(path);
      if (problems.length > 0) throw new InputError(problems.join(" "));
    },
  },
  host: {
    corpus: files("traces/hosts", /hosts\/[^/]+\.json$/).map((path) => readFileSync(path, "utf8")),
    read(path) {
      const host = { name: "host.json", folder: join(root, "traces/hosts"), text: readFileSync(path, "utf8") };
      const problems = hostProblems(host);
      if (problems.length > 0) throw new InputError(problems.join(" "));
    },
  },
  rates: { corpus: ["{}", '{"alloc-max": 4096, "allocMin": 12}'], read: (path) => void parseRates(path) },
  plan: {
    corpus: files("test/engine/golden", /\.plan$/),
    read: (path) => conform(path, { rates: parseRates(), text: true, print() {}, log() {} }),
  },
  kernel: {
    corpus: files("test/sim/fidelity/runs", /\.1\.csv$|\.2\.csv$/).slice(0, 8),
    read: (path) => void readRun(path),
  },
  study: { corpus: [smallStudy()], read: (path) => void readStudy(path) },
};

const session = new Session();
session.connect();
const post = (method, parameters) => {
  let answer;
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(error.message);
    answer = result;
  });
  return answer;
};
post("Profiler.enable");
post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const seen = new Set();

/** Whether code was reached for the first time since the last call. */
function reachesNew() {
  let isNew = false;
  for (const { url, functions } of post("Profiler.takePreciseCoverage").result) {
    if (!url.includes("/dist/")) continue;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count === 0) continue;
        const place = `${url}:${startOffset}:${endOffset}`;
        if (seen.has(place)) continue;
        seen.add(place);
        isNew = true;
      }
    }
  }
  return isNew;
}

const whole = (max) => Math.floor(random() * (max + 1));
const pick = (list) => list[whole(list.length - 1)];
const TOKENS = [
  "",
  "0",
  "-1",
  "1e999",
  "NaN",
  "null",
  "true",
  '""',
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ";",
  "\t",
  "\n",
  "\r\n",
  "\0",
  "\u2028",
  "\uFEFF",
  "9007199254740993",
  "4294967296",
  "99999999999999999999",
  "1970-01-01",
  "24:60:61",
  "AM",
  "-0.0",
  "#",
  "%",
  "é",
  "__proto__",
  "constructor",
];

/** A random variation of a text. */
function changed(text, other) {
  let now = text;
  for (let steps = 1 + whole(3); steps > 0; steps--) {
    const at = whole(now.length);
    const to = Math.min(now.length, at + whole(pick([1, 8, 64, 1024])));
    const lines = now.split("\n");
    const line = whole(lines.length - 1);
    switch (whole(8)) {
      case 0:
        now = now.slice(0, at) + now.slice(to);
        break;
      case 1:
        now = now.slice(0, at) + pick(TOKENS) + now.slice(at);
        break;
      case 2:
        now = now.slice(0, at) + pick(TOKENS) + now.slice(to);
        break;
      case 3:
        now = now.slice(0, to) + now.slice(at);
        break;
      case 4:
        lines.splice(line, 1 + whole(2));
        now = lines.join("\n");
        break;
      case 5:
        lines.splice(line, 0, pick(lines));
        now = lines.join("\n");
        break;
      case 6:
        now = now.slice(0, at) + other.slice(whole(other.length));
        break;
      case 7: {
        const numbers = [...now.matchAll(/-?\d+(?:\.\d+)?/g)];
        if (numbers.length === 0) break;
        const number = pick(numbers);
        now = now.slice(0, number.index) + pick(TOKENS) + now.slice(number.index + number[0].length);
        break;
      }
      default:
        now = now.slice(0, at) + String.fromCharCode(whole(300)) + now.slice(at + 1);
    }
  }
  return now.slice(0, MAX_BYTES);
}

const wanted = args.length > 0 ? args : Object.keys(READERS);
let failures = 0;
for (const name of wanted) {
  const { corpus, read } = READERS[name];
  const texts = corpus.map((entry) =>
    entry.startsWith("/") ? readFileSync(entry, "utf8").slice(0, MAX_BYTES) : entry,
  );
  const kept = [...texts];
  const path = join(directory, `input-${name}`);
  const untilMs = performance.now() + limitMs / wanted.length;
  let tried = 0;
  let refused = 0;
  for (; performance.now() < untilMs; tried++) {
    const text = tried < texts.length ? texts[tried] : changed(pick(kept), pick(kept));
    writeFileSync(path, text);
    const startMs = performance.now();
    let wrong = null;
    try {
      await read(path);
    } catch (error) {
      refused++;
      if (!(error instanceof InputError)) wrong = error?.stack ?? String(error);
      else if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(error.message))
        wrong = `more than a line: ${JSON.stringify(error.message)}`;
    }
    if (performance.now() - startMs > SLOW_MS) wrong ??= `took ${Math.round(performance.now() - startMs)} ms`;
    if (wrong !== null) {
      failures++;
      const saved = `fuzz-${name}-${failures}.txt`;
      writeFileSync(saved, text);
      console.log(`${name}: ${saved}: ${wrong}`);
    }
    if (reachesNew() && tried >= texts.length) kept.push(text);
  }
  console.log(`${name}: ${tried} texts, ${refused} refused, ${kept.length - texts.length} reached something new`);
}
rmSync(directory, { recursive: true });
if (failures > 0) process.exitCode = 1;
