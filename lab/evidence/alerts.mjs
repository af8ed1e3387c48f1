/**
 * Which of the package's alerts would have fired during an experiment: the daemon's metrics are scraped in the VM each 15 s
 * (lab/vm/debian/scrape.pl), and Prometheus' own promtool evaluates the rules over them.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const RULES = fileURLToPath(new URL("../../packaging/monitoring/alerts.yml", import.meta.url));
const SCRAPER = fileURLToPath(new URL("../vm/debian/scrape.pl", import.meta.url));
const EVERY_S = 15;
const SCRAPES = "/var/lib/lab-scrapes";
const LABELS = 'job="balloon-hw",instance="vm"';

/** Begins to scrape the daemon of a VM. */
export async function beginScrapes(vm) {
  await vm.copy(SCRAPER, "/usr/local/sbin/lab-scrape");
  // A unit, so that it begins again after a boot.
  await vm.run(`cat > /etc/systemd/system/lab-scrape.service << 'END'
[Service]
ExecStart=/usr/bin/perl /usr/local/sbin/lab-scrape /run/balloon-hw/metrics.sock ${SCRAPES}
OOMScoreAdjust=-900
[Install]
WantedBy=multi-user.target
END
systemctl enable --quiet --now lab-scrape`);
}

/** What was scraped in a VM since beginScrapes: see scrape.pl. */
export async function scrapesOf(vm) {
  const packed = await vm.run(`gzip -c ${SCRAPES} | base64 -w 0`, 300);
  return gunzipSync(Buffer.from(packed, "base64")).toString();
}

/**
 * Evaluates the rules over what was scraped. Returns for each alert that fired the seconds after the first scrape at which it did for the
 * first and for the last time.
 *
 * @param {string} scrapes
 * @returns {Record<string, { first_s: number, last_s: number }>}
 */
export function alertsOf(scrapes) {
  const { series, slots } = seriesOf(scrapes);
  const test = {
    interval: `${EVERY_S}s`,
    input_series: [...series].map(([name, values]) => ({
      series: name,
      values: Array.from({ length: slots }, (_, i) => values.get(i) ?? "_").join(" "),
    })),
    // An alert that fires is a test that fails, and promtool names it.
    alert_rule_test: alertNames().flatMap((alertname) =>
      Array.from({ length: slots }, (_, i) => ({ eval_time: `${i * EVERY_S}s`, alertname, exp_alerts: [] })),
    ),
  };
  const output = promtool({ rule_files: [RULES], evaluation_interval: `${EVERY_S}s`, tests: [test] });
  const fired = {};
  for (const [, name, time] of output.matchAll(/alertname: (\w+), time: (\w+)/g)) {
    const at = secondsOf(time);
    fired[name] = {
      first_s: Math.min(at, fired[name]?.first_s ?? at),
      last_s: Math.max(at, fired[name]?.last_s ?? at),
    };
  }
  return fired;
}

/** The scraped series: values by slots of 15 s since the first scrape. */
function seriesOf(scrapes) {
  /** @type {Map<string, Map<number, string>>} */
  const series = new Map();
  const put = (name, slot, value) => series.set(name, (series.get(name) ?? new Map()).set(slot, value));
  let began = null;
  let slot = 0;
  for (const line of scrapes.split("\n")) {
    const scrape = /^# at (\d+) ([01])$/.exec(line);
    if (scrape !== null) {
      began ??= Number(scrape[1]);
      slot = Math.max(0, Math.round((Number(scrape[1]) - began) / EVERY_S));
      put(`up{${LABELS}}`, slot, scrape[2]);
    }
    const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) continue;
    const [, name, labels, value] = sample;
    // promtool's clock begins at 0.
    const isTime = /_(?:timestamp|start_time)_seconds$/.test(name);
    put(`${name}{${labels ? `${labels},` : ""}${LABELS}}`, slot, isTime ? String(Number(value) - began) : value);
  }
  return { series, slots: slot + 1 };
}

/** The alerts that the rules have. */
const alertNames = () => [...readFileSync(RULES, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name]) => name);

/** Ends the program where there is no promtool. */
export function checkPromtool() {
  if (spawnSync("promtool", ["--version"]).error === undefined) return;
  process.stderr.write("run.mjs: there is no promtool, which evaluates the alerts: apt-get install prometheus\n");
  process.exit(2);
}

function promtool(test) {
  const directory = mkdtempSync(join(tmpdir(), "balloon-alerts-"));
  try {
    // JSON is YAML.
    const file = join(directory, "test.yml");
    writeFileSync(file, JSON.stringify(test));
    const { stdout, stderr } = spawnSync("promtool", ["test", "rules", file], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
    });
    const output = stdout + stderr;
    if (!/SUCCESS|FAILED:/.test(output) || /error/i.test(output.split("FAILED:")[0]))
      throw new Error(`promtool: ${output.slice(0, 2000)}`);
    return output;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Seconds of a duration of Prometheus, such as 1m15s. */
function secondsOf(text) {
  const units = { h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/(\d+)([hms])/g)].reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0);
}
