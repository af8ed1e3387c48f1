import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { traceText } from "../../../src/sim/cli/show-trace.ts";
import { inspectTrace } from "../../../src/sim/trace/inspect.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";

test.each(["spike", "refusals", "recorded/proc-capture"])("show prints %s for people", async (name) => {
  const { status, stdout, stderr } = await callBalloonSim(["show", name]);
  expect([status, stderr]).toEqual([0, ""]);
  await expect(stdout).toMatchFileSnapshot(`golden/show-${name.replace(/.*\//, "")}.txt`);
});

test("show --json prints a trace for programs", async () => {
  const { status, stdout } = await callBalloonSim(["show", "recorded/proc-capture", "--json"]);
  expect(status).toBe(0);
  await expect(stdout).toMatchFileSnapshot("golden/show-proc-capture.json");
  expect(JSON.parse(stdout)).toMatchObject({ name: "proc-capture", form: "json-lines", durationUs: 420_000_000 });
});

test("show wraps texts to the terminal", () => {
  const text = traceText(inspectTrace(openTrace("spike")), 70);
  const [above = ""] = text.split("\n\n");
  for (const line of above.split("\n")) expect(line.length).toBeLessThanOrEqual(70);
  expect(above.replace(/\n {10}/g, " ")).toContain("then needs a gigabyte more for twenty seconds: the balloon");
});

test("show prints no control characters of a trace", () => {
  const trace = JSON.parse(readFileSync(new URL("../../../traces/spike.json", import.meta.url), "utf8"));
  const evil = "\u001b[2J\u202e\n";
  trace.name = trace.description = trace.origin.note = trace.events[0].text = trace.seed = evil;
  trace.workloads[0].anon.from = evil;
  const text = traceText(inspectTrace(readTrace(JSON.stringify(trace))), undefined);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text.match(/\\u\{1b\}\[2J\\u\{202e\}\\u\{a\}/g)).toHaveLength(6);
});

test("show lists the first twenty of many events", () => {
  const trace = JSON.parse(readFileSync(new URL("../../../traces/spike.json", import.meta.url), "utf8"));
  trace.events = Array.from({ length: 25 }, (_, at) => ({ at, type: "comment", text: `number ${at}` }));
  const text = traceText(inspectTrace(readTrace(JSON.stringify(trace))), undefined);
  expect(text).toContain("number 19\n… and 5 more (--json has all)\n");
  expect(text).not.toContain("number 20");
});

test("show has what pages of a batch cost, where it is not the same for all", () => {
  const host = (costs: object) => {
    const trace = { format: "balloon-sim/trace", version: 1, duration: 60, guest: { memory: "1GiB" }, host: costs };
    const text = traceText(inspectTrace(readTrace(JSON.stringify(trace))), undefined);
    return /^host +(.*)$/m.exec(text.replace(/\n {10}/g, " "))?.[1];
  };
  const call = "a backdoor call costs 2us";
  const grants = "; grants batched, batched-2m, 64-bit-target";
  expect(host({})).toBe(call + grants);
  expect(host({ entryCost: "3us" })).toBe(`${call}, each page of a batch 3us more${grants}`);
  expect(host({ entryCost: "3us", unlockEntryCost: "1us", largeEntryCost: "5us" })).toBe(
    `${call}, each page of a batch 3us more, each one given back 1us, each one of 2 MiB 5us${grants}`,
  );
  expect(host({ entryCost: "3us", unlockLargeEntryCost: "4us" })).toBe(
    `${call}, each page of a batch 3us more, each one of 2 MiB given back 4us${grants}`,
  );
});

test("show has the host's capabilities and all kinds of its rules", async () => {
  const shown = async (host: object, ...args: string[]) => {
    const trace = { format: "balloon-sim/trace", version: 1, duration: 60, guest: { memory: "1GiB" }, host };
    return (await callBalloonSim(["show", "-", ...args], { input: JSON.stringify(trace) })).stdout;
  };
  const busy = { capabilities: ["doorbell", "batched"], resets: [7], refusals: [{ at: 3 }] };
  const host = { ...busy, faults: [{ command: "doorbell-set", from: 1, status: "failure" }] };
  const text = await shown(host);
  expect(text).toMatch(/^host +a backdoor call costs 2us; grants batched, doorbell$/m);
  expect(text.split("\n").filter((line) => line.startsWith("$.host."))).toEqual([
    expect.stringMatching(/^\$\.host\.refusals\[0\] +lock +ppn-pinned +3s +1$/),
    expect.stringMatching(/^\$\.host\.resets\[0\] +get-target +reset +7s +1$/),
    expect.stringMatching(/^\$\.host\.faults\[0\] +doorbell-set +failure +1s$/),
  ]);
  expect(JSON.parse(await shown(host, "--json"))).toMatchObject({ capabilities: ["batched", "doorbell"] });
  expect(await shown({ capabilities: [] })).toMatch(/^host +a backdoor call costs 2us; grants single pages only$/m);
});

test("show reports a damaged trace in one line", async () => {
  const { status, stdout, stderr } = await callBalloonSim(["show", "-"], { input: '{"format": "balloon-sim/trace"' });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toBe(
    'balloon-sim: <stdin>:1:31: $: the text ends where a comma or "}" should follow: is it cut off?\n',
  );
});

test("show refuses a driver that there is not, as run does", async () => {
  const file = join(scratchDirectory(), "trace.json");
  const trace = JSON.parse(readFileSync(join(ROOT, "traces/spike.json"), "utf8"));
  writeFileSync(file, JSON.stringify({ ...trace, guest: { ...trace.guest, driver: "vmw" } }));
  for (const options of [[], ["--json"], ["--host-script"]]) {
    const { status, stdout, stderr } = await callBalloonSim(["show", file, ...options]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^[^\n]*trace\.json: \$\.guest\.driver "vmw": unknown driver: [^\n]*"vmw-balloon"\?\n$/);
  }
});
