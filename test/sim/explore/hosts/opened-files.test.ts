import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { embedHost } from "../../../../src/sim/explore/hosts/embed.ts";
import type { FromHostWorker } from "../../../../src/sim/explore/hosts/protocol.ts";
import { HostSession } from "../../../../src/sim/explore/hosts/worker/session.ts";
import { OwnHosts, unpackedFiles } from "../../../../src/sim/explore/page/hosts/own-hosts.ts";
import { Slices } from "../../../../src/sim/explore/worker/slices.ts";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { callBalloonSim } from "../../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";

const SPIKE = readFileSync(join(ROOT, "traces", "spike.json"), "utf8");

/** A host with two VMs, of which one runs a trace of the reader. */
const hostText = (trace: string, memory = "2GiB"): string =>
  JSON.stringify({
    format: "balloon-sim/host",
    version: 1,
    host: { memory },
    policy: "none",
    duration: "60s",
    vms: [{ name: "a", trace }],
  });

function begin() {
  const said: FromHostWorker[] = [];
  const waiting: (() => void)[] = [];
  const slices = new Slices(
    () => 0,
    (next) => waiting.push(next),
  );
  const session = new HostSession(slices, (message) => said.push(message));
  const open = (files: Readonly<Record<string, string>>): FromHostWorker | undefined => {
    const opened = Object.entries(files).map(([name, text]) => ({ name, text, key: name }));
    session.take({ kind: "files", files: opened });
    return said.at(-1);
  };
  const exported = (host: string): string => {
    session.take({ kind: "export", id: 1, request: { host, policy: null, sets: [] }, what: "rows" });
    while (waiting.length > 0) waiting.shift()?.();
    const last = said.at(-1);
    return last?.kind === "exported" ? last.text : "";
  };
  const shown = (host: string): number => {
    const request = { host, policy: null, sets: [] };
    session.take({ kind: "show", id: 2, shown: request, pinned: request });
    while (waiting.length > 0) waiting.shift()?.();
    return said.filter((message) => message.kind === "shown").at(-1)?.run.result.memory ?? 0;
  };
  return { session, open, exported, shown };
}

describe("hosts that the reader opens", () => {
  const directory = scratchDirectory();

  test("a host with its traces runs as the command runs it", async () => {
    const { open, exported } = begin();
    const text = hostText("traces/web.json");
    expect(open({ "web.json": SPIKE, "mine.json": text })).toMatchObject({ kind: "facts", key: "mine.json" });
    writeFileSync(join(directory, "web.json"), SPIKE);
    writeFileSync(join(directory, "mine.json"), hostText("web.json"));
    const { status } = await callBalloonSim(["host", "mine.json", "-o", "out", "--quiet"], { cwd: directory });
    expect(status).toBe(0);
    expect(exported("mine.json")).toBe(readFileSync(join(directory, "out/host.csv"), "utf8"));
  });

  test("a trace that is missing is named in one line", () => {
    expect(begin().open({ "mine.json": hostText("traces/web.json") })).toEqual({
      kind: "refused",
      key: "mine.json",
      message:
        'mine.json:1:127: $.vms[0].trace: "traces/web.json" is not among the opened files: open it together with the host',
    });
  });

  test("a bundled trace of a host of the page is found by its name", () => {
    const { session, open } = begin();
    expect(open({ "mine.json": hostText("spike") })).toMatchObject({ kind: "refused" });
    writeFileSync(join(directory, "bundled.json"), hostText("spike"));
    const path = join(directory, "bundled.json");
    session.take({ kind: "host", host: embedHost("bundled.json", readHostText(path)).host });
    expect(open({ "mine.json": hostText("spike") })).toMatchObject({ kind: "facts", key: "mine.json" });
  });

  test("two files of one name, which a page can't tell apart, are refused", () => {
    const text = JSON.stringify({
      ...JSON.parse(hostText("a/web.json")),
      vms: [
        { name: "a", trace: "a/web.json" },
        { name: "b", trace: "b/web.json" },
      ],
    });
    expect(begin().open({ "web.json": SPIKE, "mine.json": text })).toMatchObject({
      message: expect.stringMatching(
        /^mine\.json:1:161: \$\.vms\[1\]\.trace: "a\/web\.json" and "b\/web\.json" have the same name/,
      ),
    });
  });

  test.each([
    ["no host", { "web.json": SPIKE }],
    ["a host with a mistake", { "mine.json": hostText("web.json", "much"), "web.json": SPIKE }],
    ["no JSON", { "log.csv": "time,size\n" }],
  ])("%s is refused with the message of the command", async (_, files) => {
    const [name = ""] = Object.keys(files);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
    const { stderr } = await callBalloonSim(["host", name], { cwd: directory });
    const message = (begin().open(files) as { message: string }).message;
    expect(`balloon-sim: ${message}\n`).toBe(stderr);
  });

  test("a host that is opened again with another text is run as it is now", () => {
    const { open, shown } = begin();
    open({ "web.json": SPIKE, "mine.json": hostText("web.json") });
    expect(shown("mine.json")).toBe(2 * 2 ** 18);
    open({ "web.json": SPIKE, "mine.json": hostText("web.json", "1GiB") });
    expect(shown("mine.json")).toBe(2 ** 18);
  });
});

describe("the reader's hosts on the page", () => {
  const files = [
    { name: "web.json", text: "{}" },
    { name: "mine.json", text: hostText("web.json") },
  ];

  test("of files that were opened together the host is shown, and all of them are in its link", async () => {
    const own = new OwnHosts(["hosts/office"]);
    const opened = await own.add(files, null);
    expect(opened.map(({ key }) => key)).toEqual(["web.json", "mine.json"]);
    expect(own.partOf("mine.json")).toBeNull();
    expect(own.know("mine.json")?.shown.host).toBe("mine.json");
    expect(own.know("mine.json")).toBeNull();
    expect(await unpackedFiles(own.partOf("mine.json") ?? "")).toEqual(files);
  });

  test("a host of the page keeps its name", async () => {
    const [, host] = await new OwnHosts(["mine.json"]).add(files, null);
    expect(host?.key).toBe("own mine.json");
  });

  test.each(["", "!", "AAAA"])("the part %j of an address is damaged", async (part) => {
    expect(await unpackedFiles(part)).toBeNull();
  });
});
